"""The answer to "where may I upload to?" outlives the beginning of a run."""

import pytest
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.runtime.forward_msg_queue import ForwardMsgQueue

from dashboard import upload_answers


@pytest.fixture
def queue(monkeypatch: pytest.MonkeyPatch) -> ForwardMsgQueue:
    monkeypatch.setattr(ForwardMsgQueue, "clear", upload_answers.streamlits_clear)
    queue = ForwardMsgQueue()
    answer, delta = ForwardMsg(), ForwardMsg()
    answer.file_urls_response.response_id = "asked"
    delta.delta.new_element.markdown.body = "of the run before"
    delta.metadata.delta_path.extend([0, 0])
    for message in (answer, delta):
        queue.enqueue(message)
    return queue


def kinds(queue: ForwardMsgQueue) -> list[str | None]:
    return [message.WhichOneof("type") for message in queue.flush()]


def test_streamlit_still_loses_it(queue: ForwardMsgQueue) -> None:
    """When this fails, Streamlit has mended it, and dashboard/upload_answers.py can go."""
    queue.clear(retain_lifecycle_msgs=True)
    assert kinds(queue) == []


@pytest.mark.parametrize("fragments", [None, ["of the page"]])
def test_it_is_kept_once(queue: ForwardMsgQueue, fragments: list[str] | None) -> None:
    upload_answers.keep()
    queue.clear(retain_lifecycle_msgs=True, fragment_ids_this_run=fragments)
    assert kinds(queue).count("file_urls_response") == 1
    assert kinds(queue) == []


def test_nothing_is_sent_twice(queue: ForwardMsgQueue) -> None:
    upload_answers.keep()
    assert kinds(queue) == ["file_urls_response", "delta"]
    assert kinds(queue) == []
    queue.clear()
    assert kinds(queue) == []
