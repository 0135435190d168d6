"""Everything that is kept, in PostgreSQL with pgvector. Only this package speaks SQL."""

from pipeline.store.connect import Connection
from pipeline.store.database import Store

__all__ = ["Connection", "Store"]
