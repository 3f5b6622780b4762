"""A library at rest: its indexes in step with SQL, its pages, map and health."""
