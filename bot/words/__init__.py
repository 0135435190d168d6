"""Every sentence that the bot says, in Slack's markup; pure. A file a feature."""

from bot.words.delivery import *
from bot.words.finding import *
from bot.words.indexing import *
from bot.words.organising import *
from bot.words.places import *
from bot.words.probes import *
from bot.words.text import *
