"""Files that come with a message, read as text: what they may be, who reads them, and what nobody here can read."""
