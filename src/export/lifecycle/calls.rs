//! The life cycle of the calls: a column for each part that a socket of the session plays.

use crate::export::paper::{self, Tint};
use crate::export::signs;
use crate::export::svg::{At, Paint, Rect, Svg, Words};
use crate::model::call::Method;
use crate::model::cycle::methods::{ARROWS, Arrow, Kind, Lane, Methods, Node, NodeLook};
use crate::model::payload::visible_text;
use crate::model::socket::{SocketKind, SocketTable};

use super::{Look, edge, node};

/// From column to column.
const COLUMN: f64 = 230.0;
/// A node.
const NODE: (f64, f64) = (116.0, 28.0);
/// Room for the columns' names.
const HEAD: f64 = 34.0;
/// How high the picture is.
pub const HEIGHT: f64 = HEAD + 372.0;

/// The picture of the calls.
pub struct Calls<'a> {
    cycle: &'a Methods,
    lanes: Vec<(Lane, String)>,
}

impl<'a> Calls<'a> {
    /// The parts that sockets of the session play; TCP's two where there is none.
    pub fn of(cycle: &'a Methods, sockets: &SocketTable) -> Self {
        let cast = &cycle.cast;
        let mut lanes = Vec::new();
        for lane in Lane::ALL {
            let socket = match lane {
                Lane::Server => cast.listener.or(cast.connection),
                Lane::Client => cast.client,
                Lane::Receiver => cast.receiver,
                Lane::Sender => cast.sender,
            };
            let name = |id| sockets.get(id).map(|socket| socket.name.clone());
            if let Some(socket) = socket {
                let name = name(socket).unwrap_or_default();
                lanes.push((lane, format!("{socket} {}", visible_text(&name))));
            }
        }
        let has = |wanted: Lane| lanes.iter().any(|(lane, _)| *lane == wanted);
        let pairs = [(Lane::Server, Lane::Client), (Lane::Receiver, Lane::Sender)];
        let mut all = Vec::new();
        for (one, other) in pairs {
            if has(one) || has(other) || (lanes.is_empty() && one == Lane::Server) {
                for lane in [one, other] {
                    let known = lanes.iter().find(|(known, _)| *known == lane);
                    let name = known.map_or(lane.name().to_owned(), |(_, name)| name.clone());
                    all.push((lane, name));
                }
            }
        }
        Self { cycle, lanes: all }
    }

    /// How wide it is.
    pub fn width(&self) -> f64 {
        self.lanes.len() as f64 * COLUMN
    }

    /// Paints it.
    pub fn paint(&self, svg: &mut Svg) {
        for arrow in ARROWS {
            self.arrow(svg, *arrow);
        }
        for (index, (lane, name)) in self.lanes.iter().enumerate() {
            let x = (index as f64 + 0.5) * COLUMN;
            let kind = kind(*lane, Method::Socket);
            let text = Words::mono(13.0, paper::TEXT).bold();
            let left = x - f64::midpoint(text.width(name), 20.0);
            signs::role(
                svg,
                At(left + 7.0, 10.0),
                14.0,
                kind,
                paper::role(kind).full,
            );
            svg.text(At(left + 20.0, 14.5), text, name);
            for method in lane.methods() {
                self.call(
                    svg,
                    Node {
                        lane: *lane,
                        method: *method,
                    },
                );
            }
        }
    }

    fn rect(&self, node: Node) -> Option<Rect> {
        let index = self.lanes.iter().position(|(lane, _)| *lane == node.lane)?;
        let x = (index as f64 + 0.5) * COLUMN;
        Some(Rect {
            x: x - NODE.0 / 2.0,
            y: HEAD + height(node) - NODE.1 / 2.0,
            width: NODE.0,
            height: NODE.1,
        })
    }

    fn call(&self, svg: &mut Svg, at: Node) {
        let (Some(rect), Some(state)) = (self.rect(at), self.cycle.state(at)) else {
            return;
        };
        let look = match state.look {
            NodeLook::Done => Look::Done,
            NodeLook::Waiting => Look::Waiting,
            NodeLook::Next => Look::Now,
            NodeLook::Failed | NodeLook::NotYet => Look::NotYet,
        };
        let tint = paper::role(kind(at.lane, at.method));
        let told = format!("{}, {}", state.method, state.look.words());
        node(svg, rect, look, tint, state.method.name(), &told);
    }

    fn arrow(&self, svg: &mut Svg, arrow: Arrow) {
        let (Some(from), Some(to)) = (self.rect(arrow.from), self.rect(arrow.to)) else {
            return;
        };
        let tint: Tint = paper::role(kind(arrow.from.lane, arrow.from.method));
        let is_done = |node: Node| {
            let look = self.cycle.state(node).map(|state| state.look);
            matches!(look, Some(NodeLook::Done | NodeLook::Waiting))
        };
        let travelled = is_done(arrow.from) && is_done(arrow.to);
        let color = if travelled { tint.full } else { paper::OUTLINE };
        let both_ways = ARROWS
            .iter()
            .any(|other| other.from == arrow.to && other.to == arrow.from);
        let aside = if both_ways { 12.0 } else { 0.0 };
        let paint = match arrow.kind {
            Kind::Order | Kind::Birth => Paint::line(color, 1.5),
            Kind::Bytes => Paint::line(color, 2.0),
            Kind::Connection => Paint::line(color, 1.5).dashed("5 4"),
            Kind::End => Paint::line(color, 1.5).dashed("2 3"),
        };
        let (start, tip) = edge(svg, (from, to), aside, paint);
        let middle = At(f64::midpoint(start.0, tip.0), f64::midpoint(start.1, tip.1));
        let said = match arrow.kind {
            Kind::Birth => "new socket",
            Kind::Connection => "asks to connect",
            Kind::Bytes => "bytes",
            Kind::End => "b\"\" there",
            Kind::Order => return,
        };
        let text = Words::sans(super::TEXT, paper::TEXT_QUIET).at(crate::export::svg::Side::Middle);
        super::plate(svg, middle, text.width(said) * 0.9, paper::PAPER);
        svg.text(At(middle.0, middle.1 + 4.0), text, said);
    }
}

/// Whose colour a call has: from recv on the server's part is played by the connection.
fn kind(lane: Lane, method: Method) -> SocketKind {
    match (lane, method) {
        (Lane::Server, Method::Recv | Method::Send | Method::Close) => SocketKind::Connection,
        (Lane::Server, _) => SocketKind::Listener,
        (Lane::Client, _) => SocketKind::Client,
        (Lane::Receiver | Lane::Sender, _) => SocketKind::UdpPeer,
    }
}

/// Where a call stands: level with what it meets at the other side.
fn height(node: Node) -> f64 {
    match (node.lane, node.method) {
        (Lane::Server | Lane::Receiver, Method::Socket) => 18.0,
        (_, Method::Bind) | (Lane::Sender, Method::Socket) => 68.0,
        (Lane::Client, Method::Socket) | (_, Method::Listen) => 118.0,
        (_, Method::Accept | Method::Connect)
        | (Lane::Receiver, Method::RecvFrom)
        | (Lane::Sender, Method::SendTo) => 168.0,
        (Lane::Server, Method::Recv) | (Lane::Client, Method::Send) => 236.0,
        (Lane::Receiver, Method::SendTo) | (Lane::Sender, Method::RecvFrom) => 260.0,
        (Lane::Server | Lane::Client, Method::Send | Method::Recv) => 294.0,
        _ => 354.0,
    }
}
