//! Lessons: the list, the step at hand with its question, what came of it, and the summary.

mod shown;

pub use shown::{Course, CourseLesson, LessonAction, LessonId, LessonShown, Mode, Reply};
