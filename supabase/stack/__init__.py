"""The local stack: embedded Postgres, migrations, edge functions, delivery and the page, one file a service."""
