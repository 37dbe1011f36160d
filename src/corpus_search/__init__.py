"""corpus-search: find what a folder of Chinese scholarly articles says, where, and what it leans on."""

__version__ = "0.1.0"
