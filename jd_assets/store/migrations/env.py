"""What alembic runs to apply migrations: on the connection that `migrate` hands over, all steps in one transaction."""

from alembic import context

from jd_assets.store.migrations import SCHEMA

context.configure(connection=context.config.attributes["connection"], version_table_schema=SCHEMA)
with context.begin_transaction():
    context.run_migrations()
