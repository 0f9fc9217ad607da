//! What a socket's thread is doing: the call that waits, and those queued behind it.

use std::time::Duration;

use eframe::egui::{
    self, CornerRadius, Rect, Role as AccessRole, Sense, Stroke, StrokeKind, Ui, WidgetInfo, vec2,
};

use crate::model::call::{Call, Method, Protocol};
use crate::model::event::Threading;
use crate::model::ladder::running_text;
use crate::model::lifecycle;
use crate::model::socket::{Pending, Socket};
use crate::views::Action;
use crate::views::theme::{self, Type, size};
use crate::views::widgets;

use super::controls;
use super::fields::Fields;
use super::{Card, Shown};

/// How many queued calls are listed.
const LISTED: usize = 3;
const STOP_WIDTH: f32 = 96.0;

/// Whether a call on this socket waits.
pub(super) fn waits(socket: &Socket) -> bool {
    !socket.waiting.is_empty()
}

/// The waiting row, and what to do about it.
pub(super) fn waiting_ui(
    ui: &mut Ui,
    card: &Card<'_>,
    fields: &mut Fields,
    actions: &mut Vec<Action>,
) {
    for pending in &card.socket.waiting {
        row_ui(ui, card, pending, actions);
    }
    if card.shown.relay(card.socket.id).is_some() {
        // What queues there is the relay's own, and goes out on another thread.
        return;
    }
    if let Some(busy) = lifecycle::busy_in(card.socket, card.shown.recording.sockets()) {
        let method = busy.method;
        let (text, hover) =
            lifecycle::queue_words(card.socket, card.shown.recording.sockets(), method);
        ui.label(Type::Label.colored(text, theme::of(ui).text2))
            .on_hover_text(hover);
        second_thread_ui(ui, card, fields, method, actions);
    }
    queued_ui(ui, card, actions);
}

/// `recv(1024) 3.2 s` on a hatched bar, and Stop waiting.
fn row_ui(ui: &mut Ui, card: &Card<'_>, pending: &Pending, actions: &mut Vec<Action>) {
    ui.horizontal(|ui| {
        let width = card.width - STOP_WIDTH - ui.spacing().item_spacing.x;
        let (rect, response) = ui.allocate_exact_size(vec2(width, size::CONTROL), Sense::hover());
        let call = pending_text(card.shown, pending);
        let text = format!("{call} {}", running(card.shown, pending));
        response.widget_info(|| {
            WidgetInfo::labeled(
                AccessRole::Label,
                true,
                card.name(&format!("waits in {text}")),
            )
        });
        let shorter = [
            text,
            format!("{} {}", pending.method, running(card.shown, pending)),
            running(card.shown, pending),
        ];
        paint_bar(ui, rect, &shorter);
        let stop = widgets::primary_button(
            ui,
            "Stop waiting",
            Type::BodyBold,
            vec2(STOP_WIDTH, size::CONTROL),
            None,
        )
        .accessible_name(format!(
            "Stop waiting {} {}",
            card.socket.name, pending.method
        ));
        if stop.clicked() {
            actions.push(Action::StopWaiting(pending.id));
        }
        stop.on_hover_text("Ends the wait within a moment; the socket stays as it is.");
    });
}

/// A hatched bar with the first of these words that it has room for: nothing is cut, a number least of all.
fn paint_bar(ui: &Ui, rect: Rect, texts: &[String]) {
    let p = theme::of(ui);
    let radius = CornerRadius::same(size::RADIUS_CONTROL);
    let painter = ui.painter();
    painter.rect_filled(rect, radius, p.wait_dim);
    widgets::paint_hatch(
        painter,
        rect.shrink(1.0),
        Stroke::new(3.0, p.wait_line),
        8.0,
    );
    painter.rect_stroke(
        rect,
        radius,
        Stroke::new(size::LINE_STRONG, p.wait),
        StrokeKind::Inside,
    );
    let galleys = texts
        .iter()
        .map(|text| painter.layout_no_wrap(text.clone(), Type::MonoBold.font(), p.text));
    let galleys: Vec<_> = galleys.collect();
    let fits = galleys
        .iter()
        .find(|galley| galley.size().x + 12.0 <= rect.width());
    let Some(galley) = fits.or(galleys.last()).cloned() else {
        return;
    };
    let plate = Rect::from_center_size(rect.center(), galley.size() + vec2(8.0, 2.0))
        .intersect(rect.shrink(2.0));
    painter.rect_filled(plate, CornerRadius::same(size::RADIUS_BOX), p.wait_dim);
    let at = egui::pos2(
        (rect.center().x - galley.size().x / 2.0).max(rect.left() + 6.0),
        rect.center().y - galley.size().y / 2.0,
    );
    painter
        .with_clip_rect(rect.shrink(2.0).intersect(painter.clip_rect()))
        .galley(at, galley, p.text);
}

/// The call with its arguments, from its row.
fn pending_text(shown: &Shown<'_>, pending: &Pending) -> String {
    shown
        .recording
        .waiting_row(pending.id)
        .and_then(|number| shown.recording.numbered(number))
        .map_or_else(
            || format!("{}()", pending.method),
            |entry| match &entry.call {
                Call::Connect { address } => format!("connect :{}", address.port()),
                call if call.method().sends() => {
                    let bytes = call
                        .payload()
                        .map_or(0, crate::model::payload::Payload::len);
                    format!("{} {bytes} B", call.method())
                }
                call => call.python(16),
            },
        )
}

fn running(shown: &Shown<'_>, pending: &Pending) -> String {
    let since = pending.since.map_or(shown.now, |stamp| stamp.at);
    running_text(Duration::from_nanos(shown.now.saturating_sub(since)))
}

/// A second thread of the program need not queue: the other direction of a connection is free. A program of one
/// thread has none.
fn second_thread_ui(
    ui: &mut Ui,
    card: &Card<'_>,
    fields: &mut Fields,
    waiting: Method,
    actions: &mut Vec<Action>,
) {
    let program = card.shown.recording.sockets().program(card.socket.program);
    if program.is_some_and(|program| program.threading == Threading::OneThread) {
        return;
    }
    let method = match (waiting, card.socket.protocol) {
        (Method::Recv | Method::RecvFrom, Protocol::Tcp) => Method::Send,
        (Method::Recv | Method::RecvFrom, Protocol::Udp) => Method::SendTo,
        (method, Protocol::Tcp) if method.sends() => Method::Recv,
        _ => return,
    };
    let link = ui
        .link(Type::BodyBold.text(format!("{method} from a second thread")))
        .accessible_name(card.name(&format!("{method} from a second thread")))
        .on_hover_text("Your system allows both at once on one socket.");
    if !link.clicked() {
        return;
    }
    let mut queued = card.socket.queued.iter();
    if let Some(pending) = queued.find(|pending| pending.method == method) {
        actions.push(Action::MoveToSecondThread(card.socket.id, pending.id));
    } else {
        match fields.call(method, card.socket, &card.suggested) {
            Ok(call) => actions.push(Action::CallOnSecondThread(card.socket.id, call)),
            Err(_) => fields.complaint = Some(method),
        }
    }
}

fn queued_ui(ui: &mut Ui, card: &Card<'_>, actions: &mut Vec<Action>) {
    let p = theme::of(ui);
    for (index, pending) in card.socket.queued.iter().take(LISTED).enumerate() {
        ui.horizontal(|ui| {
            ui.set_min_height(24.0);
            let text = format!("{} queued: {}", index + 1, pending.method);
            ui.label(Type::Mono.colored(text, p.text2));
            let name = card.name(&format!("take back {} {}", pending.method, index + 1));
            let back = controls::quiet_button(ui, "take back", &name, None)
                .on_hover_text("It has not been made yet: it leaves the queue.");
            if back.clicked() {
                actions.push(Action::StopWaiting(pending.id));
            }
        });
    }
    let rest = card.socket.queued.len().saturating_sub(LISTED);
    if rest > 0 {
        ui.label(Type::Label.colored(format!("and {rest} more queued"), p.text2));
    }
}
