"""Alembic migrations of the catalogue; `reelscore.catalog.db.upgrade` runs them."""
