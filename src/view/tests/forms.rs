//! Forms. G1-G12, D1-D17.

use super::spec::SPEC;
use super::{Screen, check, fixtures, snapshot_with};
use crate::app::wizard::Revealed;
use crate::backend::Revision;
use crate::domain::{ConnectionId, ConnectionType, Held, Secret};
use crate::form::{Value, specs};
use crate::view::{Hit, Theme};
use fixtures::{CANARY, form, text, wizard};

fn draw(model: &crate::app::Model) -> Screen {
    Screen::draw(model, Some(&SPEC), &Theme::default())
}

#[test]
fn forms() {
    for (name, model, spec) in fixtures::everything() {
        if name.starts_with("form") || name.starts_with("real") {
            snapshot_with(name, &model, spec);
        }
    }
}

#[test]
fn styles_of_a_form() {
    let mut model = fixtures::tenant_step(0);
    wizard(&mut model).errors.insert("accounts", "pick at least one service account".into());
    let screen = draw(&model);
    check("styles_form", &format!("{}---\n{}", screen.text(), screen.styles()));
}

// D5: a secret is masked with its length, and shown only while it is revealed.
#[test]
fn a_typed_secret_is_masked_until_it_is_revealed() {
    let mut model = form(2, 0, Vec::new());
    wizard(&mut model).input = CANARY.into();
    let screen = draw(&model);
    assert!(!screen.text().contains(CANARY));
    assert!(screen.text().contains("18 characters"), "{}", screen.text());
    wizard(&mut model).revealed = Some(Revealed { field: "client_secret", text: None });
    assert!(draw(&model).text().contains(CANARY));
    // Revealing one field shows no other.
    wizard(&mut model).revealed = Some(Revealed { field: "password", text: None });
    assert!(!draw(&model).text().contains(CANARY));
}

#[test]
fn a_stored_secret_shows_its_fingerprint_and_its_text_on_request() {
    let mut model = fixtures::device(1);
    assert!(draw(&model).text().contains("set (a1b2c3d4)"));
    wizard(&mut model).revealed =
        Some(Revealed { field: "client_secret", text: Some(Secret::new("fake-read-back")) });
    assert!(draw(&model).text().contains("fake-read-back"));
}

// D8: the rules are checked while one types.
#[test]
fn the_password_is_checked_live() {
    let mut model = form(2, 4, vec![("user", text("localadm"))]);
    for (typed, met) in [("abc", [false, false, true]), ("LocalAdm1", [true, true, false])] {
        wizard(&mut model).input = typed.into();
        let text = draw(&model).text();
        for (rule, met) in ["at least 7", "3 of 4 kinds", "does not contain"].iter().zip(met) {
            let sign = if met { "✓" } else { "✗" };
            assert!(text.contains(&format!("{sign} {rule}")), "{text}");
        }
    }
}

// D7: without an address the form says how to set it.
#[test]
fn the_agent_says_how_to_set_its_address() {
    let mut model = fixtures::device(2);
    model.settings.installer.url = None;
    let text = draw(&model).text();
    assert!(text.contains("download_url") && text.contains("config.toml"), "{text}");
}

#[test]
fn the_address_of_the_agent_is_a_link() {
    let screen = draw(&fixtures::device(2));
    let url = "https://files.contoso.example/fly/DeviceAgent.msi";
    let link = screen.links.iter().find(|it| it.url == url).unwrap();
    assert_eq!(screen.find(&link.text), (link.x, link.y));
}

// The step trail names the steps with something wrong, by sign.
#[test]
fn steps_with_errors_are_marked() {
    let text = draw(&fixtures::review()).text();
    let trail = text.lines().nth(1).unwrap();
    assert!(trail.contains("✗ Connection") && trail.contains("✗ Tenant"), "{trail}");
    assert!(trail.contains("● Review"), "{trail}");
    assert!(text.contains("Tenant, Tenant: pick the tenant"), "{text}");
}

// G4, G9: advice that applies to these answers, and none that does not.
#[test]
fn advice_follows_the_answers() {
    let text = draw(&fixtures::tenant_step(0)).text();
    assert!(text.contains("! Warning: This tenant is operated by 21Vianet"), "{text}");
    let text = draw(&fixtures::tenant_step(3)).text();
    assert!(text.contains("i Note: A single account is throttled sooner"), "{text}");
    assert!(!draw(&form(1, 0, Vec::new())).text().contains("21Vianet"));
}

// The focused field is on screen at every size, with its cursor when it takes text.
#[test]
fn the_focused_field_is_visible() {
    for size in super::SIZES {
        for (step, count) in [(0, 4), (1, 4), (2, 6)] {
            for field in 0..count {
                let mut model = form(step, field, Vec::new());
                model.size = size;
                let screen = draw(&model);
                let wanted = SPEC.steps[step].fields[field].label.split(' ').next().unwrap();
                let focused =
                    screen.text().lines().any(|it| it.starts_with(&format!("▸ {wanted}")));
                assert!(focused, "{size:?} {wanted}\n{}", screen.text());
                let hit = screen.hits.iter().any(|(_, hit)| *hit == Some(Hit::Field(field)));
                assert!(hit, "{size:?} {wanted}");
            }
        }
    }
}

// A long text scrolls by columns, so that the cursor stays in sight.
#[test]
fn a_long_text_scrolls() {
    let name = "漢字".repeat(200);
    let mut model = form(0, 0, vec![("name", text(&name))]);
    wizard(&mut model).input = name.as_str().into();
    let screen = draw(&model);
    let cursor = screen.cursor.unwrap();
    assert!(cursor.x < 80 && screen.text().contains('…'), "{}", screen.text());
}

// D17: what is hidden stays out of sight too.
#[test]
fn another_branch_hides_its_fields() {
    let model = form(1, 0, vec![("auth", Value::Choice("modern"))]);
    assert!(!draw(&model).text().contains("Service accounts"));
}

// E3: no secret on any screen, but where it was asked for.
#[test]
fn no_screen_shows_a_secret() {
    for (name, model, spec) in fixtures::everything() {
        for size in super::SIZES {
            let mut model = model.clone();
            model.size = size;
            let screen = Screen::draw(&model, spec, &Theme::default());
            assert!(!screen.text().contains("canary"), "{name}\n{}", screen.text());
        }
    }
    // The canary is there to be found.
    let mut model = fixtures::device(1);
    wizard(&mut model).values.set("key", fixtures::held_key(Held::New(Secret::new(CANARY))));
    wizard(&mut model).revealed = Some(Revealed { field: "key", text: None });
    assert!(draw(&model).text().contains(CANARY));
}

// The steps that need work keep their names longer than the others.
#[test]
fn a_step_with_something_wrong_keeps_its_name() {
    let devices = specs::of(ConnectionType::Device);
    let mut model = fixtures::real(ConnectionType::Device, 2, &[("side", "source")]);
    wizard(&mut model).errors.insert("name", "enter a name".into());
    let trail = |model: &crate::app::Model| {
        let text = Screen::draw(model, devices, &Theme::default()).text();
        text.lines().nth(1).unwrap().to_owned()
    };
    let wide = trail(&model);
    assert!(wide.contains("✗ Connection"), "{wide}");
    let mut narrow = model.clone();
    for columns in (40..80).rev() {
        narrow.size = (columns, 24);
        let trail = trail(&narrow);
        let titled = trail.contains("✗ Connection");
        // Only where there is no room for it beside the present step's.
        assert!(titled || columns < 50, "{columns}: {trail}");
        assert!(trail.contains("● Agent"), "{columns}: {trail}");
    }
}

// The title shows which connection it is, and that it is not saved, before the whole of the type.
#[test]
fn the_title_keeps_name_and_state_beside_a_context() {
    for kind in [ConnectionType::Device, ConnectionType::M365Group] {
        let mut model = fixtures::form_in_context();
        model.screens = fixtures::real(kind, 0, &[]).screens;
        let form = wizard(&mut model);
        form.target = Some(Revision { id: ConnectionId(uuid::Uuid::nil()), revision: 3 });
        form.values.set("description", text("changed"));
        let title = |model: &crate::app::Model| {
            let text = Screen::draw(model, specs::of(kind), &Theme::default()).text();
            text.lines().next().unwrap().to_owned()
        };
        let reported = title(&model);
        assert!(reported.contains("Contoso EMEA") && reported.ends_with("not saved"), "{reported}");
        assert!(reported.contains(&*kind.short()), "{reported}");
        model.size = (140, 40);
        let reported = title(&model);
        assert!(reported.contains(&kind.label().to_string()), "{reported}");
        model.size = (80, 24);
        wizard(&mut model).original.set("name", text(&"long-name-".repeat(10)));
        let reported = title(&model);
        assert!(reported.contains("long-name") && reported.ends_with("…  not saved"), "{reported}");
    }
}
