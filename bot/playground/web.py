"""The page for people. (Placeholder while the rest is being put together.)"""

from __future__ import annotations

from flask import Flask

from bot.playground.acts import Acts
from bot.playground.services import Services


def add_page(app: Flask, services: Services, acts: Acts) -> None:
    """Puts the page on the application."""
