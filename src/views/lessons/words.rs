//! A lesson's words: what stands between backticks is code, and a socket's name has its role's colour.

use eframe::egui::text::{LayoutJob, TextFormat};
use eframe::egui::{Align, Color32, FontId, Label, Response, Ui};

use crate::model::payload::visible_text;
use crate::model::socket::SocketTable;
use crate::views::theme::{self, Palette, Type};

/// The fonts and the colour of words.
#[derive(Clone, Debug)]
pub struct Voice {
    /// Of words.
    pub text: FontId,
    /// Of code among them.
    pub code: FontId,
    /// Of both, where no role has another.
    pub color: Color32,
}

impl Voice {
    /// Words in one of the window's fonts, code in another.
    pub fn new(text: Type, code: Type, color: Color32) -> Self {
        Self {
            text: text.font(),
            code: code.font(),
            color,
        }
    }
}

/// The words without the signs that mark code.
pub fn plain(words: &str) -> String {
    visible_text(&words.replace('`', "")).into_owned()
}

/// The words, code in its own font, wrapped at `width` points.
pub fn job(
    words: &str,
    voice: &Voice,
    sockets: &SocketTable,
    p: &Palette,
    width: f32,
) -> LayoutJob {
    let mut job = LayoutJob::default();
    for (place, run) in words.split('`').enumerate() {
        let is_code = place % 2 == 1;
        let (font, color) = if is_code {
            let color = socket_color(run, sockets, p).unwrap_or(voice.color);
            (&voice.code, color)
        } else {
            (&voice.text, voice.color)
        };
        let mut format = TextFormat::simple(font.clone(), color);
        // The fonts have rows of different heights: bottoms would not stand on one line.
        format.valign = Align::Center;
        job.append(&visible_text(run), 0.0, format);
    }
    job.wrap.max_width = width;
    job
}

/// The colour of the socket that a piece of code begins with.
fn socket_color(code: &str, sockets: &SocketTable, p: &Palette) -> Option<Color32> {
    let name = code.split(['.', '(', ' ', '=']).next()?;
    let socket = sockets.named(name)?;
    Some(theme::role_colors(p, socket.kind()).0)
}

/// Shows words in as many lines as they take.
pub fn words_ui(ui: &mut Ui, words: &str, voice: &Voice, sockets: &SocketTable) -> Response {
    let job = job(words, voice, sockets, theme::of(ui), ui.available_width());
    ui.add(Label::new(job).wrap()).accessible_name(plain(words))
}
