"""Alembic migrations of the catalogue; `reelscore.catalog.upgrade` runs them."""
