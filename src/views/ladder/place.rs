//! Where things of the ladder stand in the window.

use std::collections::HashMap;
use std::net::SocketAddr;

use eframe::egui::Rect;

use crate::model::ladder::Lane;
use crate::views::theme::Type;

use super::{Ground, PITCH};

/// The lane of a peer outside, points.
const OUTSIDE: f32 = 168.0;

/// How much room the lanes of peers outside take, right of the cards, points.
pub fn outside_width(outside: &[SocketAddr]) -> f32 {
    OUTSIDE * outside.len() as f32
}

/// From the ladder's places to the window's points.
#[derive(Debug)]
pub(super) struct Place {
    pub(super) area: Rect,
    pub(super) zoom: f32,
    top: f64,
    /// The middle and the width of each life line's column.
    lanes: HashMap<Lane, (f32, f32)>,
}

impl Place {
    pub(super) fn new(area: Rect, top: f64, zoom: f32, ground: &Ground<'_>) -> Self {
        let own = ground.columns.iter().map(|column| {
            let lane = Lane::Socket(column.socket);
            (lane, (column.center(), column.rect.width()))
        });
        let outside = ground.outside.iter().enumerate();
        let outside = outside.map(|(index, address)| {
            let middle = ground.right + OUTSIDE * (index as f32 + 0.5);
            (Lane::Outside(*address), (middle, OUTSIDE))
        });
        Self {
            area,
            zoom,
            top,
            lanes: own.chain(outside).collect(),
        }
    }

    /// Where a life line stands; `None`: its column is folded away.
    pub(super) fn x(&self, lane: Lane) -> Option<f32> {
        self.lanes.get(&lane).map(|(middle, _)| *middle)
    }

    /// The width of its column.
    pub(super) fn width(&self, lane: Lane) -> f32 {
        self.lanes.get(&lane).map_or(0.0, |(_, width)| *width)
    }

    pub(super) fn lanes(&self) -> impl Iterator<Item = (Lane, f32)> {
        self.lanes
            .iter()
            .map(|(lane, (middle, _))| (*lane, *middle))
    }

    pub(super) fn pitch(&self) -> f32 {
        PITCH * self.zoom
    }

    /// A height of the ladder, in the window.
    pub(super) fn y(&self, y: f64) -> f32 {
        // In 64 bits first: a long session's heights are beyond what 32 bits tell apart.
        self.area.top() + ((y - self.top) * f64::from(self.pitch())) as f32
    }

    /// The letters of boxes and arrows.
    pub(super) fn type_(&self) -> Type {
        match self.zoom {
            zoom if zoom < 0.8 => Type::MonoEdge,
            zoom if zoom < 1.5 => Type::Mono,
            zoom if zoom < 2.2 => Type::Code,
            _ => Type::MonoBig,
        }
    }
}
