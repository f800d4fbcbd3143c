// Tones and the browser's own voice, for every component that is heard.

const LATE_S = 0.7; // A cue older than this is dropped.

class Sounds {
  constructor() {
    this.heard = null;
    this.audio = null;
  }

  play(sounds, data) {
    const newest = sounds.length ? sounds[sounds.length - 1].number : 0;
    // What sounded before this page was drawn is over.
    const heard = this.heard ?? newest;
    this.heard = Math.max(heard, newest);
    for (const sound of sounds) {
      if (sound.number <= heard || sound.age_s > LATE_S) continue;
      if (sound.tone && data.tones) this.tone(data.notes[sound.tone] ?? []);
      if (sound.text && data.speak) this.say(sound.text);
    }
  }

  tone(notes) {
    this.audio ??= new AudioContext();
    this.audio.resume();
    let at = this.audio.currentTime;
    for (const [hz, seconds] of notes) {
      if (hz > 0) this.note(hz, at, seconds);
      at += seconds;
    }
  }

  note(hz, at, seconds) {
    const wave = this.audio.createOscillator();
    const loud = this.audio.createGain();
    wave.frequency.value = hz;
    loud.gain.setValueAtTime(0, at);
    loud.gain.linearRampToValueAtTime(0.4, at + 0.012);
    loud.gain.setValueAtTime(0.4, at + seconds - 0.012);
    loud.gain.linearRampToValueAtTime(0, at + seconds);
    wave.connect(loud).connect(this.audio.destination);
    wave.start(at);
    wave.stop(at + seconds);
  }

  say(text) {
    if (!("speechSynthesis" in window)) return;
    // Only voices of this machine: others send the words to a server.
    const own = speechSynthesis.getVoices().filter((voice) => voice.localService);
    const voice = own.find((v) => v.lang.startsWith("en")) ?? own[0];
    if (!voice) return;
    speechSynthesis.cancel();
    const words = new SpeechSynthesisUtterance(text);
    words.voice = voice;
    words.rate = 1.1;
    speechSynthesis.speak(words);
  }

  close() {
    this.audio?.close();
    if ("speechSynthesis" in window) speechSynthesis.cancel();
  }
}
