//! The palette's contrast, measured as WCAG 2.x does: relative luminance of the colours themselves, nothing noted down.

use eframe::egui::Color32;
use sockeye::views::theme::palette::{DARK, HIGH_CONTRAST, LIGHT, Palette};

/// A colour of the palette, and its name in failures.
type Named = (&'static str, fn(&Palette) -> Color32);

macro_rules! colours {
    ($($name:ident),* $(,)?) => {
        [$((stringify!($name), (|p: &Palette| p.$name) as fn(&Palette) -> Color32)),*]
    };
}

/// The share of light a channel gives.
fn channel(value: u8) -> f64 {
    let value = f64::from(value) / 255.0;
    if value <= 0.040_45 {
        value / 12.92
    } else {
        ((value + 0.055) / 1.055).powf(2.4)
    }
}

fn luminance(color: Color32) -> f64 {
    let [red, green, blue, alpha] = color.to_array();
    assert_eq!(alpha, 255, "a colour of the palette is opaque");
    0.2126 * channel(red) + 0.7152 * channel(green) + 0.0722 * channel(blue)
}

fn contrast(one: Color32, other: Color32) -> f64 {
    let (one, other) = (luminance(one), luminance(other));
    (one.max(other) + 0.05) / (one.min(other) + 0.05)
}

#[track_caller]
fn at_least(least: f64, theme: (&str, &Palette), inks: &[Named], grounds: &[Named]) {
    let (name, palette) = theme;
    for (ink, ink_of) in inks {
        for (ground, ground_of) in grounds {
            let measured = contrast(ink_of(palette), ground_of(palette));
            assert!(
                measured >= least,
                "{name}: {ink} on {ground} has {measured:.2}, it needs {least}"
            );
        }
    }
}

/// Every word's colour on every ground that it stands on.
fn words_hold(least: f64, theme: (&str, &Palette)) {
    let grounds = colours![card, panel, lane, raised];
    at_least(least, theme, &colours![text, text2], &grounds);
    at_least(
        least,
        theme,
        &colours![text3],
        &colours![card, panel, lane, raised, field],
    );
    at_least(least, theme, &colours![text, text2], &colours![field]);
    at_least(least, theme, &colours![onink], &colours![ink]);
    let signs = colours![listener, client, conn, udp, wait, err, again];
    at_least(least, theme, &signs, &grounds);
    let tints = colours![
        listener_dim,
        client_dim,
        conn_dim,
        udp_dim,
        wait_dim,
        err_dim,
        again_dim
    ];
    for (sign, tint) in signs.iter().zip(&tints) {
        at_least(least, theme, &[*sign], &[*tint]);
    }
    at_least(least, theme, &colours![text], &tints);
    at_least(
        least,
        theme,
        &colours![onrole],
        &colours![listener, client, conn, udp, wait],
    );
    at_least(least, theme, &colours![onerr], &colours![err]);
}

#[test]
fn words_in_high_contrast_measure_seven() {
    words_hold(7.0, ("high contrast", &HIGH_CONTRAST));
}

#[test]
fn words_in_dark_and_light_measure_four_and_a_half() {
    words_hold(4.5, ("dark", &DARK));
    words_hold(4.5, ("light", &LIGHT));
}

#[test]
fn outlines_of_controls_measure_three() {
    for theme in [
        ("dark", &DARK),
        ("light", &LIGHT),
        ("high contrast", &HIGH_CONTRAST),
    ] {
        at_least(
            3.0,
            theme,
            &colours![ctl],
            &colours![card, panel, field, lane],
        );
    }
}

#[test]
fn black_on_white_measures_twenty_one() {
    let most = contrast(Color32::BLACK, Color32::WHITE);
    assert!((most - 21.0).abs() < 1e-9, "{most}");
    // WCAG's own example of the least grey on white that will do.
    let grey = contrast(Color32::from_gray(0x76), Color32::WHITE);
    assert!((4.5..4.6).contains(&grey), "{grey}");
}
