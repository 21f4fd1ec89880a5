//! Adding and removing one's own second factor. The picture is made here, as SVG, from squares.

use super::{PATH, Part, again, sessions};
use crate::console::desk::Visitor;
use crate::console::form::{Fields, done};
use crate::console::frame::{Frame, Section, Theme, page, page_with};
use crate::console::trouble::Trouble;
use askama::Template;
use askama::filters::HtmlSafe;
use axum::http::StatusCode;
use axum::response::Response;
use provisioning::Error;
use provisioning::second_factors::{self, Proposed};
use qrcode::{Color, QrCode};
use std::fmt;

/// How many squares of white a reader needs around the picture (ISO/IEC 18004).
const MARGIN: usize = 4;

/// A QR code as one path of squares.
struct Picture(QrCode);

impl HtmlSafe for Picture {}

impl fmt::Display for Picture {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (width, colors) = (self.0.width(), self.0.to_colors());
        let size = width + 2 * MARGIN;
        write!(
            formatter,
            "<svg class=\"picture\" viewBox=\"0 0 {size} {size}\" role=\"img\" aria-label=\"The secret as a QR code\" \
             shape-rendering=\"crispEdges\"><rect width=\"{size}\" height=\"{size}\" fill=\"#fff\"/><path fill=\"#000\" d=\""
        )?;
        for (index, _) in colors.iter().enumerate().filter(|(_, color)| **color == Color::Dark) {
            write!(formatter, "M{} {}h1v1h-1z", index % width + MARGIN, index / width + MARGIN)?;
        }
        formatter.write_str("\"/></svg>")
    }
}

#[derive(Template)]
#[template(path = "me/second-factor.html")]
struct AddPage {
    frame: Frame,
    proposed: Proposed,
    spaced: String,
    picture: Picture,
    wrong: Option<String>,
}

#[derive(Template)]
#[template(path = "me/recovery-codes.html")]
struct CodesPage {
    frame: Frame,
    codes: Vec<String>,
}

fn add_page(visitor: &Visitor, proposed: Proposed, wrong: Option<String>) -> Result<Response, Trouble> {
    let picture = QrCode::new(&proposed.address).map_err(|error| {
        tracing::error!(%error, "a QR code could not be made");
        Trouble::internal()
    })?;
    let letters: Vec<char> = proposed.secret.chars().collect();
    let spaced = letters.chunks(4).map(|four| four.iter().collect::<String>()).collect::<Vec<_>>().join(" ");
    let status = if wrong.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let frame = visitor.frame(Section::Personal, "Add a second factor");
    page_with(status, &AddPage { frame, proposed, spaced, picture: Picture(picture), wrong })
}

fn codes_page(visitor: &Visitor, codes: Vec<String>) -> Result<Response, Trouble> {
    page(&CodesPage { frame: visitor.frame(Section::Personal, "Recovery codes"), codes })
}

/// `GET /me/second-factor`.
pub async fn propose(visitor: Visitor) -> Result<Response, Trouble> {
    let proposed = second_factors::propose(visitor.app.store(), &visitor.who.administrator);
    add_page(&visitor, proposed, None)
}

/// `POST /me/second-factor`: takes the secret whose first code was typed.
pub async fn add(visitor: Visitor, fields: Fields) -> Result<Response, Trouble> {
    let (store, person) = (visitor.app.store(), &visitor.who.administrator);
    let (secret, code) = (fields.text("secret"), fields.text("code"));
    match second_factors::add(store, person, &visitor.who.session, secret, code).await {
        Ok(codes) => sessions::renewed(&visitor, codes_page(&visitor, codes)?).await,
        Err(Error::Invalid(words)) => {
            // A secret that was not ours is not shown again.
            let proposed = match second_factors::proposed(secret, person) {
                Some(proposed) => proposed,
                None => second_factors::propose(store, person),
            };
            add_page(&visitor, proposed, Some(words))
        }
        Err(error) => Err(error.into()),
    }
}

/// `POST /me/second-factor/remove`.
pub async fn remove(visitor: Visitor, fields: Fields) -> Result<Response, Trouble> {
    let (store, who) = (visitor.app.store(), &visitor.who);
    match second_factors::remove(store, &who.administrator, &who.session, fields.text("code")).await {
        Ok(()) => {
            let sentence = "The second factor is removed. Your password alone signs you in.";
            sessions::renewed(&visitor, done(&visitor, PATH, sentence)).await
        }
        Err(error) => again(&visitor, Part::SecondFactor, error),
    }
}

/// `POST /me/recovery-codes`: new ones in place of the old.
pub async fn renew_codes(visitor: Visitor) -> Result<Response, Trouble> {
    match second_factors::renew_codes(visitor.app.store(), &visitor.who.administrator).await {
        Ok(codes) => codes_page(&visitor, codes),
        Err(error) => again(&visitor, Part::SecondFactor, error),
    }
}
