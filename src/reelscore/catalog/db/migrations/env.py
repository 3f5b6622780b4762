"""What Alembic runs: on the connection that it is handed, or on paper for `--sql`."""

from __future__ import annotations

from alembic import context

import reelscore.catalog.db.migrations.resuming  # noqa: F401 - how MySQL takes the steps
from reelscore.catalog.db.schema import metadata

if context.is_offline_mode():
    context.configure(
        dialect_name=context.config.get_main_option("dialect", "sqlite"),
        target_metadata=metadata,
        literal_binds=True,
    )
else:
    # The caller's transaction holds the lock that keeps two processes from upgrading at once.
    context.configure(
        connection=context.config.attributes["connection"],
        target_metadata=metadata,
        transactional_ddl=True,
        render_as_batch=True,  # SQLite cannot alter a table in place
    )
with context.begin_transaction():
    context.run_migrations()
