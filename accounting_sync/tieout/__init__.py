"""The proof that both sides agree: complete lists read, every linked document and balance compared, each gap named."""

from accounting_sync.tieout.run import begin, held_back, latest, nightly, work

__all__ = ["begin", "held_back", "latest", "nightly", "work"]
