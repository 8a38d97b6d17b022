"""The newest state, handed to pages that wait."""

import threading
import time

from hub.web.live import MAX_TOPICS, Live


def test_the_newest_payload_is_kept_with_a_growing_version() -> None:
    live = Live(begin=0)
    assert live.put("state/board", b"1") == 1
    assert live.put("state/board", b"2") == 2
    assert live.get("state/board") == (2, b"2")


def test_nothing_is_known_of_a_topic_that_was_never_said() -> None:
    assert Live().get("state/board") is None
    assert Live().age_s("state/board") is None


def test_a_cleared_topic_is_told_once_and_then_is_nothing() -> None:
    live = Live(begin=0)
    live.put("state/counter/9", b"x")
    live.put("state/counter/9", b"")
    assert live.get("state/counter/9") is None
    assert live.newer(["state/counter/9"], 1) == [("state/counter/9", b"", 2)]
    assert live.topics("state/") == []


def test_who_waits_is_woken_by_a_change_of_its_topics_only() -> None:
    live, heard = Live(begin=0), []
    waiter = threading.Thread(target=lambda: heard.extend(live.wait(["a"], 0, 5)))
    waiter.start()
    live.put("b", b"no")
    time.sleep(0.05)
    assert heard == []
    live.put("a", b"yes")
    waiter.join(1)
    assert heard == [("a", b"yes", 2)]


def test_what_was_missed_comes_at_once_and_oldest_first() -> None:
    live = Live(begin=0)
    for topic in ("a", "b", "a"):
        live.put(topic, topic.encode())
    assert [t for t, _, _ in live.wait(["a", "b"], 0, 0)] == ["b", "a"]


def test_a_version_from_a_longer_life_than_ours_gets_everything() -> None:
    live = Live(begin=0)
    live.put("a", b"x")
    assert live.newer(["a"], 10**15) == [("a", b"x", 1)]


def test_waiting_ends_with_nothing_when_the_time_is_over_or_the_pages_close() -> None:
    live = Live()
    assert live.wait(["a"], -1, 0.01) == []
    live.close()
    began = time.monotonic()
    assert live.wait(["a"], -1, 5) == []
    assert time.monotonic() - began < 1


def test_strangers_can_not_fill_the_memory_with_topics() -> None:
    live = Live(begin=0)
    for n in range(MAX_TOPICS + 5):
        live.put(f"device/{n}/status", b"{}")
    assert len(live.topics("device/")) == MAX_TOPICS


def test_strangers_can_not_keep_the_office_itself_out() -> None:
    live = Live(begin=0)
    for n in range(MAX_TOPICS):
        live.put(f"device/{n}/status", b"{}")
    live.put("state/board", b"{}")
    assert live.get("state/board") == (MAX_TOPICS + 1, b"{}")
