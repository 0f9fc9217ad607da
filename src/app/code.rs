//! The session as programs for the tab Code: written while the tab is open, and again when something was called.
//!
//! A long session takes longer than a frame may: the background thread writes them.

use std::time::Duration;

use eframe::egui;

use crate::background::Job;
use crate::export::program::{Language, Source};
use crate::model::recording::Recording;
use crate::views::inspector::{ClicksAsCode, CodeLanguage, ProgramSource, Tab};
use crate::views::theme::size;

use super::App;

/// Longer sessions are exported, not read in a panel.
const MOST_ROWS: usize = 2_000;

/// How long programs stay as they are while calls come without end, seconds.
const REST: f64 = 0.25;

/// The programs, and what they were written of.
#[derive(Debug, Default)]
pub(super) struct Code {
    written: Option<(Moment, ClicksAsCode)>,
    /// What the background thread writes them of just now, and which asking that was.
    under_way: Option<(u64, Moment)>,
    /// When that was asked for, seconds.
    at: f64,
}

/// What tells one state of a recording from another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Moment {
    language: CodeLanguage,
    began: u64,
    calls: u64,
    waiting: usize,
    last_at: u64,
}

impl Moment {
    fn of(recording: &Recording, language: CodeLanguage) -> Self {
        Self {
            language,
            began: recording.began(),
            calls: recording.calls(),
            waiting: recording.waiting(),
            last_at: recording.last_at(),
        }
    }
}

impl Code {
    pub(super) fn shown(&self) -> Option<&ClicksAsCode> {
        self.written.as_ref().map(|(_, code)| code)
    }
}

impl App {
    /// Whether the tab Code is in front, and the inspector open.
    pub(super) fn shows_code(&self, ctx: &egui::Context) -> bool {
        let is_open =
            self.settings.inspector_open || ctx.content_rect().width() >= size::DRAWER_BELOW;
        is_open && self.state.inspector.choices.tab == Tab::Code
    }

    /// Has the programs of the session that is looked at written, where they are to be seen and are not up to date.
    pub(super) fn write_code(&mut self, ctx: &egui::Context) {
        let in_lesson = self.session.shown(&self.settings).lesson.is_some();
        if in_lesson || !self.shows_code(ctx) {
            return;
        }
        let language = self.state.inspector.choices.language;
        let recording = self.session.looked_at();
        let moment = Moment::of(recording, language);
        let code = &self.session.code;
        let before = code.written.as_ref().map(|(before, _)| *before);
        if before == Some(moment) || code.under_way.is_some() {
            return;
        }
        if recording.len() > MOST_ROWS {
            let too_long = "This session is too long to show here: export it.".to_owned();
            self.session.code.written = Some((moment, Err(too_long)));
            return;
        }
        let now = ctx.input(|input| input.time);
        let same_kind = before.is_some_and(|before| before.language == moment.language);
        if same_kind && now - code.at < REST {
            ctx.request_repaint_after(Duration::from_secs_f64(REST));
            return;
        }
        let Some(background) = &self.background else {
            return;
        };
        self.programs_asked += 1;
        background.submit(Job::WritePrograms {
            asked: self.programs_asked,
            recording: Box::new(recording.clone()),
            language: match language {
                CodeLanguage::Python => Language::Python,
                CodeLanguage::C => Language::C,
            },
        });
        self.session.code.under_way = Some((self.programs_asked, moment));
        self.session.code.at = now;
    }

    /// Takes the programs that were written, unless they are of a session that was left meanwhile.
    pub(super) fn programs_written(&mut self, asked: u64, programs: Result<Vec<Source>, String>) {
        let code = &mut self.session.code;
        if let Some((_, moment)) = code.under_way.take_if(|(latest, _)| *latest == asked) {
            code.written = Some((moment, shown(programs)));
        }
    }
}

fn shown(programs: Result<Vec<Source>, String>) -> ClicksAsCode {
    let sources = programs.map_err(|why| sentence(&why))?;
    let sources = sources.into_iter().filter_map(|source| {
        Some(ProgramSource {
            program: source.program?,
            file: source.file_name,
            text: source.text,
            lines: source.lines,
        })
    });
    Ok(sources.collect())
}

/// The reason as a sentence.
fn sentence(why: &str) -> String {
    let mut letters = why.chars();
    let first = letters.next().map(|first| first.to_uppercase().to_string());
    format!("{}{}.", first.unwrap_or_default(), letters.as_str())
}

#[cfg(test)]
#[allow(clippy::expect_used, reason = "a test fails by panicking")]
mod tests {
    use std::sync::Arc;
    use std::time::Duration;

    use egui_kittest::Harness;
    use egui_kittest::kittest::Queryable as _;

    use crate::app::{App, Settings, Setup};
    use crate::background::{Background, Done, Job};
    use crate::network::kernel::KernelNetwork;
    use crate::script::options::Ports;
    use crate::views::inspector::Tab;

    use super::Code;

    fn setup() -> Setup {
        let mut settings = Settings::default();
        settings.inspector.tab = Tab::Code;
        Setup {
            network: KernelNetwork::start().expect("a network"),
            settings,
            settings_path: None,
            last_session_path: None,
            notice: None,
            loaded: None,
            executable: None,
            file_opener: Arc::new(|_| (None, Duration::ZERO)),
            ports: Ports::Free,
            close_patience: Duration::ZERO,
        }
    }

    /// Seen failing with: `write_code` taking the programs from the background thread as soon as it asked for them.
    #[test]
    fn no_frame_waits_for_the_programs_however_long_they_take() {
        let mut harness = Harness::builder()
            .with_size([1440.0, 900.0])
            .build_eframe(|cc| App::new(&cc.egui_ctx, setup()).expect("threads"));
        let (background, jobs, done) = Background::by_hand();
        let app = harness.state_mut();
        app.background = Some(background);
        app.session.code = Code::default();
        for _ in 0..20 {
            harness.step();
            harness.get_by_label("The programs are being written.");
        }
        let asked: Vec<Job> = jobs.try_iter().collect();
        let [Job::WritePrograms { asked, .. }] = asked[..] else {
            panic!("asked for once, and not: {asked:?}");
        };
        let why = Err("nothing was called".to_owned());
        let answer = Done::Programs {
            asked,
            programs: why,
        };
        done.send(answer).expect("the window is there");
        harness.step();
        harness.get_by_label("Nothing was called.");
    }
}
