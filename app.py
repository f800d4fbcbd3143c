"""The web page: `streamlit run app.py`, `make app` or `posecheck app`."""

from posecheck.ui.main import main

main()
