"""Songs of the demo library laid under its street scene."""

from __future__ import annotations

from pathlib import Path

import pytest

from reelscore.catalog.store import Catalog
from reelscore.errors import InvalidInputError, NotFoundError, StaleError
from reelscore.placement.plans import MOST_KEPT, PlanStore
from reelscore.placement.service import SyncService
from reelscore.records import TIMELINE_RATE
from reelscore.sources.demo import demo_videos
from reelscore.sync.documents import read_fit, read_plan
from reelscore.wiring import Wiring


@pytest.fixture(scope="module")
def street() -> Path:
    return demo_videos()[0]


def first_song(wiring: Wiring) -> str:
    songs, _ = wiring.catalog.list_songs(limit=1)
    return songs[0].id


def test_a_video_gets_plans_with_figures_and_ids(shared_demo_wiring, street) -> None:
    service = SyncService(shared_demo_wiring)
    found = service.sync(street, limit=4)
    assert found["planned"] == 28
    assert len(found["plans"]) == 4
    scores = [each["plan"]["score"] for each in found["plans"]]
    assert scores == sorted(scores, reverse=True)
    for each in found["plans"]:
        plan = read_plan(each)
        assert len(plan.cuts) == found["video"]["cuts"]
        assert f"{plan.hits} of {len(plan.cuts)} cuts" in plan.verdict
        again = service.document(each["id"])
        assert again["plan"] == each["plan"]
        assert read_plan(again) == plan


def test_a_plan_becomes_a_timeline_with_exact_rates(shared_demo_wiring, street) -> None:
    service = SyncService(shared_demo_wiring)
    (made,) = service.sync(street, [first_song(shared_demo_wiring)], limit=1)["plans"]
    timeline = service.timeline(made["id"])
    assert timeline.picture is not None
    assert timeline.rate == timeline.picture.rate
    (event,) = timeline.music
    assert event.source_in == max(0, made["plan"]["offset"])
    assert Path(event.media.path).is_file()
    assert event.record_in + event.length <= timeline.frames / timeline.rate * TIMELINE_RATE + 1


def test_a_song_is_fitted_and_remembered(shared_demo_wiring) -> None:
    service = SyncService(shared_demo_wiring)
    made = service.fit(first_song(shared_demo_wiring), length=20.0)
    fit = read_fit(made)
    assert fit.length == 20 * TIMELINE_RATE
    assert read_fit(service.document(made["id"])) == fit
    assert service.timeline(made["id"]).music == fit.events


def test_a_file_that_is_not_in_the_library_is_laid_too(shared_demo_wiring, street, tmp_path) -> None:
    import soundfile

    from reelscore.audio.decode import load

    song = Path(shared_demo_wiring.catalog.song(first_song(shared_demo_wiring)).uri)
    clip = load(song, duration=25.0)
    other = tmp_path / "other.wav"
    soundfile.write(other, clip.samples, clip.sample_rate)
    service = SyncService(shared_demo_wiring)
    (made,) = service.sync(street, [str(other)])["plans"]
    assert made["song"]["title"] == "other"
    assert service.document(made["id"])["id"] == made["id"]
    soundfile.write(other, clip.samples[::-1].copy(), clip.sample_rate)
    with pytest.raises(StaleError, match="song has changed since the plan"):
        service.document(made["id"])


def test_a_plan_of_what_changed_is_refused(demo_wiring, street, tmp_path) -> None:
    service = SyncService(demo_wiring)
    film = tmp_path / "film.mp4"
    film.write_bytes(street.read_bytes())
    song = first_song(demo_wiring)
    (made,) = service.sync(film, [song])["plans"]
    assert service.document(made["id"])
    demo_wiring.catalog.remove([song])
    with pytest.raises(StaleError, match="something that is gone"):
        service.document(made["id"])
    fitted = service.fit(first_song(demo_wiring), length=12.0)
    film.write_bytes(demo_videos()[1].read_bytes())
    with pytest.raises(StaleError):
        service.document(made["id"])
    assert service.document(fitted["id"])


def test_what_cannot_be_laid_is_refused(shared_demo_wiring, street) -> None:
    service = SyncService(shared_demo_wiring)
    song = first_song(shared_demo_wiring)
    with pytest.raises(NotFoundError, match="no plan 'none'"):
        service.document("none")
    with pytest.raises(NotFoundError, match="neither the id"):
        service.sync(street, ["no-such-song"])
    with pytest.raises(InvalidInputError, match="not both"):
        service.sync(street, analysis_id="x")
    with pytest.raises(InvalidInputError, match="give one of them"):
        service.fit(song)
    with pytest.raises(InvalidInputError, match="at least 1"):
        service.sync(street, limit=0)


def test_the_oldest_plans_give_way(tmp_path) -> None:
    catalog = Catalog(f"sqlite:///{tmp_path / 'library.sqlite3'}")
    store = PlanStore(catalog)
    for number in range(MOST_KEPT + 2):
        store.keep({"id": f"{number:04d}", "kind": "plan"})
    assert store.find("0002")["kind"] == "plan"
    for gone in ("0000", "0001"):
        with pytest.raises(NotFoundError):
            store.find(gone)
    assert catalog.note("plan:0000") is None
    catalog.close()
