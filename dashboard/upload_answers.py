"""A photo that is chosen while the page begins to run is not lost.

Before it uploads, the browser asks where to. Streamlit (1.67) empties its queue of messages when a run begins, and the
answer with it if it has not left yet: the upload then never starts, and the person sees an empty field.
"""

from streamlit.runtime.forward_msg_queue import ForwardMsgQueue

streamlits_clear = ForwardMsgQueue.clear


def keep() -> None:
    """From now on every session keeps these answers."""
    ForwardMsgQueue.clear = _clear  # type: ignore[assignment, method-assign]


def _clear(
    queue: ForwardMsgQueue, retain_lifecycle_msgs: bool = False, fragment_ids_this_run: list[str] | None = None
) -> None:
    answers = [message for message in queue._queue if message.WhichOneof("type") == "file_urls_response"]
    streamlits_clear(queue, retain_lifecycle_msgs, fragment_ids_this_run)
    if retain_lifecycle_msgs:
        queue._queue += [answer for answer in answers if answer not in queue._queue]
