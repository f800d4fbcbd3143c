"""The Streamlit pages."""

from pathlib import Path

#: The script that Streamlit runs.
ENTRY = Path(__file__).with_name("main.py")
