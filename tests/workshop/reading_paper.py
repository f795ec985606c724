"""Reading a PDF the way whoever gets it does: the words on its pages."""

from io import BytesIO

from pypdf import PdfReader


def words_on(paper):
    """All words, with single spaces."""
    return " ".join(" ".join(page.extract_text() for page in PdfReader(BytesIO(paper)).pages).split())
