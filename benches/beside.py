"""What benches/beside.sh runs once the programs are built.

A window is there when a tenth of the display's lines no longer show what they showed without it. The display is Xvfb's,
whose picture is a file that is looked at every half millisecond: so it is the same for every program, whatever it is made
with.
"""

import argparse
import contextlib
import glob
import json
import mmap
import os
import pathlib
import shutil
import signal
import statistics
import struct
import subprocess
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
TARGET = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))
WIDTH, HEIGHT = 1440, 900
MILLION = 1_000_000
DEADLINE = 60.0
# What stands around the table in the README.
BEGIN, END = "<!-- benches/beside.sh --readme -->", "<!-- end -->"


class Row:
    """A line of the table: a figure per round."""

    def __init__(self, what, figures, form="{:.2f}", goal=None, note=""):
        self.what, self.figures, self.form, self.goal, self.note = what, figures, form, goal, note

    def markdown(self):
        middle, least, most = statistics.median(self.figures), min(self.figures), max(self.figures)
        shown = " | ".join(self.form.format(figure) for figure in (middle, least, most))
        goal, verdict = "", ""
        if self.goal is not None:
            goal = "≤ " + self.form.format(self.goal)
            verdict = "met" if round(middle, 2) <= self.goal else "**missed**"
        return f"| {self.what} | {shown} | {len(self.figures)} | {goal} | {verdict} |"


class Missing:
    """A line that says why it was not measured."""

    def __init__(self, what, why):
        self.what, self.why, self.note = what, why, ""

    def markdown(self):
        return f"| {self.what} | not measured: {self.why} | | | | | |"


class Display:
    """An X server of our own, and the file in which its picture is."""

    def __init__(self, folder):
        self.server = subprocess.Popen(
            ["Xvfb", "-displayfd", "1", "-nolisten", "tcp", "-noreset", "-fbdir", folder]
            + ["-screen", "0", f"{WIDTH}x{HEIGHT}x24"],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        self.name = ":" + self.server.stdout.readline().decode().strip()
        file = open(os.path.join(folder, "Xvfb_screen0"), "rb")
        self.picture = mmap.mmap(file.fileno(), 0, prot=mmap.PROT_READ)
        # The header of an XWD file: its length first, the bytes of a line in field 12, the colours of its map in 19.
        header = struct.unpack(">25I", self.picture[:100])
        self.line, self.begin = header[12], header[0] + header[19] * 12

    def lines(self):
        """Every ninth line."""
        begins = (self.begin + number * self.line for number in range(0, HEIGHT, 9))
        return [self.picture[begin : begin + self.line] for begin in begins]

    def close(self):
        self.server.terminate()
        self.server.wait()


@contextlib.contextmanager
def running(command, display):
    """A program with a home of its own, ended whatever happens."""
    with tempfile.TemporaryDirectory(prefix="beside-") as home:
        environment = {name: value for name, value in os.environ.items() if not name.startswith("XDG_")}
        environment.pop("WAYLAND_DISPLAY", None)
        environment.update(DISPLAY=display.name, HOME=home, XDG_RUNTIME_DIR=home)
        begin = time.perf_counter()
        program = subprocess.Popen(
            command, env=environment, cwd=home, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        try:
            yield program, begin
        finally:
            program.send_signal(signal.SIGTERM)
            with contextlib.suppress(subprocess.TimeoutExpired):
                program.wait(5)
            program.kill()
            program.wait()


def start(command, display):
    """Milliseconds until the window is there, and the MiB it then holds: resident, and its share of what is shared."""
    before = display.lines()
    with running(command, display) as (program, begin):
        while True:
            changed = sum(one != other for one, other in zip(before, display.lines()))
            if changed * 10 > len(before):
                break
            if program.poll() is not None or time.perf_counter() - begin > DEADLINE:
                raise SystemExit(f"no window came of {command}")
            time.sleep(0.0005)
        took = (time.perf_counter() - begin) * 1e3
        # What it still does after its first frame is part of what it holds.
        time.sleep(1.0)
        kibibytes = {}
        for line in pathlib.Path(f"/proc/{program.pid}/smaps_rollup").read_text().splitlines()[1:]:
            name, _, value = line.partition(":")
            kibibytes[name] = int(value.split()[0])
    deadline = time.perf_counter() + DEADLINE
    while display.lines() != before and time.perf_counter() < deadline:
        time.sleep(0.01)
    return took, kibibytes["Rss"] / 1024, kibibytes["Pss"] / 1024


def in_turns(rounds, ways):
    """Figures of each way by its name, another one first in each round; the first round is not counted."""
    names = list(ways)
    figures = {name: [] for name in names}
    for number in range(rounds + 1):
        for name in names[number % len(names) :] + names[: number % len(names)]:
            figure = ways[name]()
            if number > 0:
                figures[name].append(figure)
    return figures


def windows(rounds, sockeye, empty):
    programs = {"sockeye": [str(sockeye)], "an empty eframe window": [str(empty)]}
    missing = [tool for tool in ("packetsender", "xrandr") if not shutil.which(tool)]
    if not missing:
        programs["Packet Sender"] = ["packetsender"]
    with tempfile.TemporaryDirectory(prefix="beside-") as folder:
        display = Display(folder)
        try:
            ways = {name: lambda command=command: start(command, display) for name, command in programs.items()}
            figures = in_turns(rounds, ways)
        finally:
            display.close()
    rows = []
    for other in ("an empty eframe window", "Packet Sender"):
        if other not in figures:
            rows.append(Missing(f"window over {other}", " and ".join(missing) + " not installed"))
            continue
        pairs = list(zip(figures["sockeye"], figures[other]))
        ours, theirs = (
            [statistics.median(figure[index] for figure in figures[name]) for index in range(3)]
            for name in ("sockeye", other)
        )
        rows.append(
            Row(
                f"start to first frame, over {other}",
                [one[0] / another[0] for one, another in pairs],
                goal=1.15 if other.startswith("an empty") else None,
                note=f"{ours[0]:.0f} ms over {theirs[0]:.0f} ms under Xvfb, drawn by the processor.",
            )
        )
        rows.append(
            Row(
                f"resident memory a second later, over {other}",
                [one[1] / another[1] for one, another in pairs],
                note=f"{ours[1]:.0f} MiB over {theirs[1]:.0f} MiB; with shared pages shared out {ours[2]:.0f} MiB over "
                f"{theirs[2]:.0f} MiB.",
            )
        )
    return rows


SCRIPT = """server = socket(AF_INET, SOCK_STREAM)
server.bind(("127.0.0.1", 5000))
server.listen(1)
client = socket(AF_INET, SOCK_STREAM)
client.connect(("127.0.0.1", 5000))
conn, peer = server.accept()
client.send(b"hello sockets")
conn.recv(1024)
"""


def write_session(sockeye, path):
    """A session of a million calls: that of a short script, whose last two calls are then made again and again."""
    with tempfile.TemporaryDirectory(prefix="beside-") as folder:
        script, played = os.path.join(folder, "s.script"), os.path.join(folder, "s.jsonl")
        pathlib.Path(script).write_text(SCRIPT)
        command = [sockeye, "play", script, "--free-ports", "--save", played]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        lines = [json.loads(line) for line in pathlib.Path(played).read_text().splitlines()]
    last = next(place for place, line in enumerate(lines) if line.get("call") == "recv")
    kept = lines[: last + 1]
    pair = [line for line in kept if line.get("call") in ("send", "recv")]
    calls, seq, moment = pair[-1]["n"], pair[-1]["end_seq"], pair[-1]["t"]
    with open(path, "w") as file:
        file.writelines(json.dumps(line, separators=(",", ":")) + "\n" for line in kept)
        offset = 13
        while calls < MILLION:
            for line in pair:
                calls, seq, moment = calls + 1, seq + 2, moment + 1e-6
                line.update(n=calls, seq=seq - 1, end_seq=seq, t=round(moment, 9), took=5e-7, line=None, offset=offset)
                file.write(json.dumps(line, separators=(",", ":")) + "\n")
            offset += 13


def write_capture(path):
    """A capture of a million UDP packets of as many bytes each, as pcap: raw IPv4, from and to this computer."""
    payload = b"hello sockets"
    udp = struct.pack(">HHHH", 40000, 5000, 8 + len(payload), 0) + payload
    address = bytes([127, 0, 0, 1])
    header = struct.pack(">BBHHHBBH4s4s", 0x45, 0, 20 + len(udp), 0, 0, 64, 17, 0, address, address)
    packet = header + udp
    with open(path, "wb") as file:
        file.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 101))
        for number in range(MILLION):
            seconds, micros = divmod(number, MILLION)
            file.write(struct.pack("<IIII", seconds, micros, len(packet), len(packet)) + packet)


def timed(command):
    begin = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return time.perf_counter() - begin


def opening(rounds, sockeye):
    what = "opening a session of a million calls, over tshark -r of a million packets"
    if not shutil.which("tshark"):
        return [Missing(what, "tshark not installed")]
    with tempfile.TemporaryDirectory(prefix="beside-") as folder:
        session, capture, text = (os.path.join(folder, name) for name in ("s.jsonl", "c.pcap", "s.txt"))
        write_session(sockeye, session)
        write_capture(capture)
        export = [sockeye, "export", session, "--as", "text", "--out", text]
        figures = in_turns(
            rounds,
            {
                "check": lambda: timed([sockeye, "check", session]),
                "export": lambda: timed(export),
                "tshark": lambda: timed(["tshark", "-n", "-r", capture]),
            },
        )
        sizes = [os.path.getsize(path) / 1e6 for path in (session, capture)]
    rows = []
    for way, words in (("check", "read and checked"), ("export", "read and written as text")):
        pairs = zip(figures[way], figures["tshark"])
        rows.append(
            Row(
                f"{what}: {words}",
                [one / other for one, other in pairs],
                note=f"`sockeye {way}` {statistics.median(figures[way]):.2f} s for {sizes[0]:.0f} MB, `tshark -n -r`, a line "
                f"for each to /dev/null, {statistics.median(figures['tshark']):.2f} s for {sizes[1]:.0f} MB.",
            )
        )
    return rows


def newest(pattern):
    found = [path for path in glob.glob(str(TARGET / "release" / "deps" / pattern)) if os.access(path, os.X_OK)]
    return max((path for path in found if "." not in os.path.basename(path)), key=os.path.getmtime)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--readme", action="store_true", help="put the table into the README too")
    parser.add_argument("--only", choices=("windows", "opening"))
    options = parser.parse_args()
    sockeye = TARGET / "release" / "sockeye"
    rows = []
    if options.only != "opening":
        rows += windows(options.rounds, sockeye, newest("empty_window-*"))
    if options.only != "windows":
        rows += opening(options.rounds, sockeye)
    text = "| what | median | min | max | rounds | goal | |\n|---|---:|---:|---:|---:|---:|---|\n"
    text += "".join(row.markdown() + "\n" for row in rows)
    if options.readme:
        readme = ROOT / "README.md"
        before, _, rest = readme.read_text().partition(BEGIN)
        readme.write_text(before + BEGIN + "\n" + text + END + rest.partition(END)[2])
    text += "\n" + "".join(f"- *{row.what}*: {row.note}\n" for row in rows if row.note)
    print(text)
    if options.only is None:
        (TARGET / "beside.md").write_text(text)
        print(f"written to {TARGET / 'beside.md'}")


if __name__ == "__main__":
    main()
