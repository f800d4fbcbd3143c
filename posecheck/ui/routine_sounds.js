export default function ({ parentElement, data }) {
  parentElement.sounds ??= new Sounds();
  parentElement.sounds.play(data.sounds, data);
  return () => {
    parentElement.sounds?.close();
    delete parentElement.sounds;
  };
}
