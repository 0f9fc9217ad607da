//! What stands above a program: where it comes from, how it is run, and with what.

use crate::model::call::ProgramId;
use crate::model::event::Role;
use crate::model::flow::Flow;

use super::Language;
use super::kept;
use super::page::Page;
use super::plan::{Plan, Program, Said};

/// Writes the comment above a program.
pub(super) fn write(page: &mut Page, plan: &Plan<'_>, program: &Program, language: Language) {
    let ending = language.ending();
    let file = format!("{}.{ending}", program.file);
    let role = plan
        .recording
        .sockets()
        .program(program.id)
        .map(|program| program.role);
    let role = match role {
        Some(Role::Server) => "the server",
        Some(Role::Client) => "a client",
        _ => "a peer",
    };
    let started = &plan.recording.header().started;
    page.say(&format!("{file}: {role} of a Sockeye session, {started}."));
    page.say("The same calls in the same order; behind each line, what happened then.");
    match language {
        Language::Python => page.say(&format!("Run it: python3 {file}")),
        Language::C => page.say(&format!("Run it: cc {file} -o {0} && ./{0}", program.file)),
    }
    for said in plan
        .turns
        .iter()
        .filter(|said| said.starts.contains(&program.id))
    {
        let by = runs_as(plan, said.by, language);
        page.say(&format!("Start it when {by} says ({}).", said.number));
    }
    if plan.programs.len() > 1 {
        page.say("All programs of the session at once: python3 run_all.py");
    }
    let flow = Flow::of(plan.recording);
    if !flow.outside().is_empty() {
        page.say("Some other end was a program outside this session: it has to be there again.");
    }
    if let Some(port) = kept::port(plan, &flow, program.id) {
        page.say(&format!(
            "It closes its connection first: your system then keeps port {port} for a while (TIME-WAIT)."
        ));
        page.say(
            "Run again too soon, bind says \"Address already in use\": wait a minute, then run it.",
        );
    }
}

/// What a program is called when it runs: `server.py`, or what was compiled of `server.c`.
pub(super) fn runs_as(plan: &Plan<'_>, id: ProgramId, language: Language) -> String {
    let file = plan.program(id).map_or("", |program| &program.file);
    match language {
        Language::Python => format!("{file}.py"),
        Language::C => file.to_owned(),
    }
}

/// What a program says when others may begin or go on: `(2) now start client.py`.
pub(super) fn turn_words(plan: &Plan<'_>, said: &Said, language: Language) -> String {
    let files = |ids: &[ProgramId]| {
        let named = ids.iter().map(|id| runs_as(plan, *id, language));
        named.collect::<Vec<String>>().join(", ")
    };
    let mut words = Vec::new();
    if !said.starts.is_empty() {
        words.push(format!("now start {}", files(&said.starts)));
    }
    if !said.wakes.is_empty() {
        words.push(format!("{} may go on", files(&said.wakes)));
    }
    format!("({}) {}", said.number, words.join("; "))
}
