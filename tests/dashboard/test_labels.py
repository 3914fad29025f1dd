"""The pages Labels and Scan, and scanning on other pages."""

import io

import pytest
from streamlit.testing.v1 import AppTest

from core import ids, sample_labels, samples
from core.policy import Actor
from core.sample_labels import SIZES, NewPrint, dots
from tests.dashboard.visits import keys, open_page, told
from tests.label_reading import label
from tests.makers import fresh, make_sample, make_user, photo_id


@pytest.fixture(scope="module")
def author(servers: dict[str, str]) -> Actor:
    return make_user()


def register(actor: Actor, **changes: object) -> str:
    return samples.register(actor, ids.new(), fresh(**changes)).sample.id


def scan(app: AppTest, text: str, key: str = "scan_text") -> AppTest:
    app.text_input(key=key).set_value(text).run()
    return app


def opened(app: AppTest) -> str:
    """The title of the page that is shown."""
    assert not app.exception
    return str(app.title[0].value)


def test_a_label_opens_its_sample(author: Actor) -> None:
    mine = register(author)
    app = scan(open_page("scan", author, "ko"), ids.pretty(mine).lower())
    assert opened(app).startswith(ids.pretty(mine))


def test_a_photo_of_a_label_opens_its_sample(author: Actor) -> None:
    mine = register(author)
    out = io.BytesIO()
    dots.draw(label(mine), SIZES["50x30"], 300).save(out, "JPEG")
    for way, widget in (("camera", "scan_camera"), ("upload", "scan_file")):
        app = open_page("scan", author)
        app.segmented_control(key="scan_way").set_value(way).run()
        chooser = app.camera_input(key=widget) if way == "camera" else app.file_uploader(key=widget)
        chooser.set_value(("label.jpg", out.getvalue(), "image/jpeg")).run()
        assert opened(app).startswith(ids.pretty(mine))


def test_a_wrong_check_character_opens_nothing_and_says_why(author: Actor) -> None:
    mine = register(author)
    wrong = next(mine[:-1] + sign for sign in ids.ALPHABET[::-1] if sign != mine[-1])
    app = scan(open_page("scan", author), wrong)
    assert opened(app) == "Scan"
    assert "check character" in told(app)
    assert app.text_input(key="scan_text").value == ""


def test_a_sample_of_somebody_else_is_not_opened(author: Actor) -> None:
    app = scan(open_page("scan", author), register(make_user("researcher")))
    assert opened(app) == "Scan"
    assert "that you may see" in told(app)


def test_a_trace_number_begins_a_registration(author: Actor) -> None:
    app = scan(open_page("scan", make_user()), "(01)08801234567893(251)002123123123")
    assert opened(app) == "Register"
    assert app.text_input(key="register_trace_number").value == "002123123123"
    assert "trace" not in app.query_params


def test_an_open_registration_is_not_lost_by_a_scan() -> None:
    person = make_user()
    app = open_page("register", person)
    app.text_input(key="register_trace_number").set_value("002555666777").run()
    for button, number in (("register_scan_keep", "002555666777"), ("register_scan_new", "002123123123")):
        app.query_params["trace"] = "002123123123"
        app.run()
        assert app.text_input(key="register_trace_number").value == "002555666777"
        app.button(key=button).click().run()
        assert app.text_input(key="register_trace_number").value == number
        assert not keys(app, "register_scan_")


def test_a_number_is_scanned_where_a_form_asks_for_it(author: Actor) -> None:
    app = scan(open_page("register", make_user()), "002123123123", "register_scan_text")
    assert app.text_input(key="register_trace_number").value == "002123123123"
    scan(app, register(author), "register_scan_text")
    assert "number of a sample" in told(app)
    mine = register(author)
    assert opened(scan(open_page("samples"), mine, "samples_scan_text")).startswith(ids.pretty(mine))


def test_labels_are_made_and_noted(author: Actor) -> None:
    mine = [register(author), register(author)]
    app = open_page("labels", author, ids=",".join(mine))
    app.segmented_control(key="labels_size").set_value("14x39").run()
    app.selectbox(key="labels_format").set_value("zpl").run()
    app.number_input(key="labels_copies").set_value(3).run()
    assert app.button(key="labels_make").label == "Make labels (6)"
    app.button(key="labels_make").click().run()
    app.button(key="labels_make").click().run()  # the second click of a double click
    assert "Labels made: 6, of samples: 2" in told(app)
    (noted,) = sample_labels.prints(author, sample_id=mine[0]).items
    assert (noted.sample_ids, noted.size, noted.format, noted.copies) == (tuple(mine), "14x39", "zpl", 3)
    assert "printed before" in app.expander[0].label
    assert len(app.get("download_button")) == 1
    app.number_input(key="labels_copies").set_value(1).run()
    assert not app.get("download_button")  # it is not what is chosen any more


def test_numbers_are_typed_pasted_and_scanned(author: Actor) -> None:
    mine = [register(author) for _ in range(3)]
    app = open_page("labels", author)
    app.multiselect(key="labels_numbers").set_value([f"{ids.pretty(mine[0])}, {mine[1].lower()}", "nonsense"]).run()
    assert app.multiselect(key="labels_numbers").value == mine[:2]
    assert "nonsense" in told(app)
    scan(app, mine[2], "labels_scan_text")
    assert app.multiselect(key="labels_numbers").value == mine
    assert app.query_params["ids"] == ",".join(mine)
    scan(app, "002123123123", "labels_scan_text")
    assert "trace number" in told(app)


def test_unknown_numbers_are_named_and_left_out(author: Actor) -> None:
    foreign, mine = register(make_user("researcher")), register(author)
    app = open_page("labels", author, ids=f"{foreign},{mine}")
    assert ids.pretty(foreign) in app.warning[0].value
    assert app.button(key="labels_make").label == "Make labels (1)"


def test_a_filter_chooses_all_that_it_leaves() -> None:
    staff = make_user("researcher")
    for _ in range(2):
        register(staff)
    app = open_page("labels", staff, by="filter", owner="me")
    assert app.button(key="labels_make").label == "Make labels (2)"
    (link,) = [
        each for each in open_page("samples", staff, owner="me").main.get("page_link") if each.proto.page == "labels"
    ]
    assert set(link.proto.query_string.split("&")) == {"owner=me", "by=filter"}


def test_what_was_printed_can_be_chosen_again(author: Actor) -> None:
    mine = register(author)
    made = sample_labels.print_labels(author, NewPrint(ids=[mine]))
    app = open_page("labels", author, by="filter")
    app.button(key=f"labels_again_{made.print_id}").click().run()
    assert app.multiselect(key="labels_numbers").value == [mine]
    assert f"labels_again_{made.print_id}" not in keys(open_page("labels", make_user()), "labels_again_")


def test_a_stored_photo_is_found_by_the_label_of_its_sample() -> None:
    staff = make_user("researcher")
    mine, _ = make_sample(staff), make_sample(staff)
    app = scan(open_page("predict", staff, **{"from": "stored"}), mine.id, "predict_scan_text")
    assert app.query_params["q"] == mine.id
    assert keys(app, "predict_choose_") == {f"predict_choose_{photo_id(mine)}"}
