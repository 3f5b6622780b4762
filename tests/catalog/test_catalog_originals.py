from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from catalog_tracks import make_track

from asked import matching
from reelscore.catalog.db.engine import open_engine
from reelscore.catalog.db.upgrade import MIGRATIONS
from reelscore.catalog.store import Catalog
from reelscore.filters.table import Filters


def test_the_year_of_the_first_release_is_kept_and_found(tmp_path: Path) -> None:
    catalog = Catalog(f"sqlite:///{tmp_path / 'a.db'}")
    song, _ = catalog.add([make_track(1, year=2015, original_year=1971), make_track(2, year=2015)])
    assert (catalog.song(song).year, catalog.song(song).original_year) == (2015, 1971)
    assert matching(catalog, Filters(year=(1970, 1979))) == [song]
    assert len(matching(catalog, Filters(year=(2010, 2019)))) == 2
    assert catalog.facets([song])[song]["year"] == [1971.0, 2015.0]
    catalog.close()


def test_where_a_song_begins_in_its_file_is_kept(tmp_path: Path) -> None:
    catalog = Catalog(f"sqlite:///{tmp_path / 'a.db'}")
    whole, part = catalog.add([make_track(1), make_track(2, begin=61.5)])
    assert (catalog.song(whole).begin, catalog.song(part).begin) == (None, 61.5)
    catalog.close()


def test_an_older_library_gets_the_lengths_that_were_heard(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'a.db'}"
    catalog = Catalog(url)
    wrong, unknown, shop = catalog.add(
        [
            make_track(1, duration=97_391.0),
            make_track(2),
            make_track(3, source="itunes", duration=215.4),
        ]
    )
    catalog.close()
    engine = open_engine(url)
    with engine.execution_options(reelscore_write=True).begin() as connection:
        config = Config()
        config.set_main_option("script_location", str(MIGRATIONS))
        config.attributes["connection"] = connection
        command.downgrade(config, "0007")
    engine.dispose()
    catalog = Catalog(url)
    assert [catalog.song(song).duration for song in (wrong, unknown, shop)] == [31.0, 32.0, 215.4]
    catalog.close()


def test_each_of_several_genres_is_a_choice(tmp_path: Path) -> None:
    catalog = Catalog(f"sqlite:///{tmp_path / 'a.db'}")
    catalog.add([make_track(1, genre="Rock; Jazz"), make_track(2, genre="Rock"), make_track(3)])
    assert catalog.counts_by_choice(limit=9)["genres"] == [("Rock", 2), ("Jazz", 1)]
    assert catalog.counts_by_choice(limit=1)["genres"] == [("Rock", 2)]
    catalog.close()
