"""Alembic's entry: runs on the connection ``Store`` gives it, inside its transaction."""

from alembic import context

from storage.tables import metadata

connection = context.config.attributes["connection"]
if connection is None:
    raise RuntimeError("migrations run through Store.upgrade: use 'zoom-avant init'")
context.configure(
    connection=connection,
    target_metadata=metadata,
    render_as_batch=connection.dialect.name == "sqlite",
)
with context.begin_transaction():
    context.run_migrations()
