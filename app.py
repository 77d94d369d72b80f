"""The one door: `python app.py` serves the site; every other verb is a sub-command."""

from tracker.commands.line import main

if __name__ == "__main__":
    main()
