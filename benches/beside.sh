#!/usr/bin/env bash
# Sockeye beside other programs, turn by turn: how soon its window is there and how much memory it takes, against an
# empty eframe window and Packet Sender; how long a saved session of a million calls takes to open, against tshark with
# as many packets. Prints the README's second table and writes it to target/beside.md.
#
#   benches/beside.sh             builds, then measures: some four minutes after the build
#   benches/beside.sh --readme    the same, and puts the table into the README
#   benches/beside.sh --rounds 3  fewer rounds, to see that it works
#
# Runs python3 and Xvfb; what else is missing is said and left out. On Debian and Ubuntu:
#   sudo apt install python3 xvfb packetsender x11-xserver-utils tshark
set -euo pipefail
cd "$(dirname "$0")/.."

cargo build --release --locked --bin sockeye
cargo build --release --locked --bench empty_window
exec python3 benches/beside.py "$@"
