//! Which programs of a lesson are at work: those of parts that are over, or long away, need no lane.

use crate::model::call::ProgramId;
use crate::model::exchange::Exchange;
use crate::views::LessonShown;

use super::Hall;

/// A program that does nothing for more steps than this is away.
const AWAY: usize = 8;

/// The programs at work at the step that is shown, and who they talk with then; `None`: there are no steps to tell it
/// by.
pub(super) fn at_work(hall: &Hall<'_>) -> Option<Vec<ProgramId>> {
    let lesson = hall.shown.lesson?;
    let sockets = hall.shown.recording.sockets();
    let of_lesson = |name: &str| {
        let mut known = lesson.lesson.programs.iter();
        known.position(|program| *program.name == *name)
    };
    // Who is no program of the lesson is its guest, and stays.
    let acting = sockets
        .programs()
        .filter(|program| of_lesson(&program.name).is_none_or(|place| acts(&lesson, place)));
    let mut programs: Vec<ProgramId> = acting.map(|program| program.id).collect();
    let told = hall.now().map(Exchange::sockets).unwrap_or_default();
    let next = hall.next.iter().filter_map(|next| next.socket);
    let waiting = sockets.open().filter(|socket| !socket.waiting.is_empty());
    let involved = told
        .into_iter()
        .chain(next)
        .chain(waiting.map(|socket| socket.id));
    let involved = involved.filter_map(|id| sockets.get(id));
    programs.extend(involved.map(|socket| socket.program));
    // With whom they are connected.
    let own = sockets
        .open()
        .filter(|socket| programs.contains(&socket.program));
    let partners = own.filter_map(|socket| sockets.get(hall.shown.flow().partner(socket.id)?));
    let partners: Vec<ProgramId> = partners
        .filter(|partner| !partner.is_closed())
        .map(|partner| partner.program)
        .collect();
    programs.extend(partners);
    Some(programs)
}

/// Whether a program has acted in the step that is shown, or soon acts again.
fn acts(lesson: &LessonShown<'_>, program: usize) -> bool {
    let steps = lesson.lesson.steps.iter().enumerate();
    let own = steps.filter(|(_, step)| step.program == Some(program));
    let (mut last, mut next) = (None, None);
    for (place, _) in own {
        if place < lesson.step {
            last = Some(place);
        } else {
            next = next.or(Some(place));
        }
    }
    match (last, next) {
        (Some(last), _) if last + 1 == lesson.step => true,
        (Some(last), Some(next)) => next - last <= AWAY,
        _ => false,
    }
}
