//! A step that needs a neighbour: what to type in another program, on this computer or another, or a helper of ours.

use std::net::{IpAddr, SocketAddr};

use eframe::egui::{Align, Layout, Ui};

use crate::model::address::{nc_line, python_line};
use crate::model::call::Protocol;
use crate::model::socket::SocketKind;
use crate::views::buttons::BarButton;
use crate::views::theme::{self, Type, size};
use crate::views::{Action, Shown};

use super::{LessonAction, LessonShown};

/// What to do before the next step, where somebody else must take part in it.
pub(super) fn neighbour_ui(
    ui: &mut Ui,
    lesson: &LessonShown<'_>,
    shown: &Shown<'_>,
    actions: &mut Vec<Action>,
) {
    let p = theme::of(ui);
    ui.spacing_mut().item_spacing.y = size::GAP;
    ui.label(Type::BodyBold.colored("Now your neighbour", p.text));
    let meeting_place = meeting_place(shown);
    let is_here = meeting_place.is_some_and(|(address, _)| address.ip().is_loopback());
    let words = if is_here {
        "The next step needs another program on this computer. Type one of these in a terminal:"
    } else {
        "The next step needs another program. Type one of these in a terminal, here or on another computer:"
    };
    ui.label(Type::Body.colored(words, p.text2));
    if let Some((address, protocol)) = meeting_place {
        line_ui(ui, "nc", &nc_line(&address, protocol), actions);
        line_ui(ui, "Python", &python_line(&address, protocol), actions);
        if is_here {
            let words = "This socket is bound to this computer alone.";
            ui.label(Type::Label.colored(words, p.text2));
        }
    }
    if lesson.lesson.neighbour.is_some() {
        let (label, starts) = if lesson.neighbour {
            ("Stop the neighbour", false)
        } else {
            ("Play the neighbour for me", true)
        };
        let button = BarButton::new(label).primary(starts).show(ui);
        let hover = "Another process of Sockeye plays it. It ends with the lesson.";
        if button.on_hover_text(hover).clicked() {
            actions.push(Action::Lesson(LessonAction::Neighbour(starts)));
        }
        if lesson.waits_for_neighbour() {
            let words = "It waits. Press Next, and Sockeye plays the neighbour.";
            ui.label(Type::Label.colored(words, p.text2));
        } else if lesson.neighbour {
            let words = "A neighbour is there. Press Next.";
            ui.label(Type::Label.colored(words, p.text2));
        }
    }
    ui.add_space(8.0);
}

/// Where the neighbour finds this lesson's socket: at an address of this computer that others reach, if it has one.
fn meeting_place(shown: &Shown<'_>) -> Option<(SocketAddr, Protocol)> {
    let bound = shown.recording.sockets().open().rev().filter(|socket| {
        let waits = matches!(socket.kind(), SocketKind::Listener | SocketKind::UdpPeer);
        waits && socket.local.is_some_and(|local| local.port() != 0)
    });
    // Where several wait, the one that others can reach is meant.
    let socket =
        bound.max_by_key(|socket| socket.local.is_some_and(|local| !local.ip().is_loopback()))?;
    let local = socket.local?;
    let others = shown.addresses.iter().map(|address| address.ip);
    let same_family = |ip: &IpAddr| ip.is_ipv4() == local.is_ipv4();
    let ip = match local.ip() {
        ip if ip.is_unspecified() => others.into_iter().find(same_family).unwrap_or(ip),
        ip => ip,
    };
    Some((SocketAddr::new(ip, local.port()), socket.protocol))
}

fn line_ui(ui: &mut Ui, what: &str, line: &str, actions: &mut Vec<Action>) {
    let p = theme::of(ui);
    ui.horizontal(|ui| {
        ui.label(Type::Label.colored(what, p.text2));
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            let name = format!("Copy the {what} line");
            let copy = BarButton::new("copy").named(&name).show(ui);
            if copy.on_hover_text("Puts it on the clipboard").clicked() {
                actions.push(Action::Copy(line.to_owned()));
            }
        });
    });
    ui.label(Type::Mono.colored(line, p.text));
}
