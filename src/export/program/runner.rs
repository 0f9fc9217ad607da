//! What runs the programs of a session together, in place of a person with several terminals.

use std::fmt::Write as _;

use super::Language;
use super::plan::Plan;

/// The file's name: no program has it.
pub const FILE_NAME: &str = "run_all.py";

/// The runner: starts each program when it may begin, and hands the turns on.
pub(super) fn write(plan: &Plan<'_>, language: Language) -> String {
    let mut text = String::from(
        "# Runs the programs of this session together: starts each when it may begin, and presses Enter for you.\n\
         import os\nimport re\nimport subprocess\nimport sys\nfrom threading import Lock, Thread\n\n\
         os.chdir(os.path.dirname(os.path.abspath(__file__)))\n\n",
    );
    text.push_str(
        "# Each program, and the turns that have to be said before it is started.\nPROGRAMS = {\n",
    );
    for program in &plan.programs {
        let turns = plan
            .turns
            .iter()
            .filter(|said| said.starts.contains(&program.id));
        let turns: Vec<String> = turns.map(|said| said.number.to_string()).collect();
        // Writing to a String can't fail.
        writeln!(text, "    \"{}\": {{{}}},", program.file, turns.join(", ")).ok();
    }
    text = text.replace("{}", "set()");
    text.push_str("}\n\n");
    text.push_str(match language {
        Language::Python => "\ndef command(name):\n    return [sys.executable, name + \".py\"]\n",
        Language::C => {
            "\ndef command(name):\n    return [os.path.join(\".\", name)]\n\n\n\
             for name in PROGRAMS:\n    \
             subprocess.run([\"cc\", \"-Wall\", \"-o\", name, name + \".c\", \"-pthread\"], check=True)\n"
        }
    });
    text.push_str(BODY);
    text
}

const BODY: &str = r#"

lock = Lock()
said = set()
asked = []
running = {}
readers = []
in_use = set()
failed = []


def start_ready():
    for name, turns in PROGRAMS.items():
        if name not in running and turns <= said:
            program = subprocess.Popen(
                command(name), stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT, text=True, errors="replace"
            )
            running[name] = program
            reader = Thread(target=follow, args=(name, program))
            readers.append(reader)
            reader.start()


def tell_who_asked():
    for name, turn in asked[:]:
        if turn in said:
            asked.remove((name, turn))
            try:
                running[name].stdin.write(f"{turn}\n")
                running[name].stdin.flush()
            except OSError:
                pass


def follow(name, program):
    for line in program.stdout:
        print(f"{name}: {line}", end="", flush=True)
        says = re.match(r"\((\d+)\) ", line)
        asks = re.match(r"(?:Press|Type \d+ and) Enter when \S+ says \((\d+)\)\.$", line)
        with lock:
            if says:
                said.add(int(says[1]))
                start_ready()
            if "Address already in use" in line:
                in_use.add(name)
            if asks:
                asked.append((name, int(asks[1])))
            tell_who_asked()
    if program.wait() != 0:
        end_the_others(name)


def end_the_others(name):
    # What waits for it would wait for ever.
    with lock:
        if failed:
            return
        failed.append(name)
        others = [other for other, program in running.items() if program.poll() is None]
        for other in others:
            running[other].terminate()
    if others:
        print(f"{name} failed, so {', '.join(others)} can't go on: ended.", flush=True)


with lock:
    start_ready()
while readers:
    readers.pop(0).join()
codes = [program.wait() for program in running.values()]
for name, program in running.items():
    if program.returncode != 0 and name in in_use:
        print(f"{name} ended: it could not have its port. Either another program has it: end that one.")
        print("Or these programs ran a moment ago: your system keeps the port for a minute (TIME-WAIT). Wait, run again.")
sys.exit(max(map(abs, codes)) if len(running) == len(PROGRAMS) else 1)
"#;
