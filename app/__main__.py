"""`python -m app {run,demo}`."""

import argparse

parser = argparse.ArgumentParser(prog="python -m app", description="Starts and stops Filmoteka's parts.")
parser.add_argument("command", choices=["run", "demo"])

if __name__ == "__main__":
    command = parser.parse_args().command
    if command == "run":
        from app.run import main
    else:
        from app.demo import main
    raise SystemExit(main())
