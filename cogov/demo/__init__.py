"""The roof: the two commands that run the whole house, ``demo`` and ``test``. No models, nobody imports it."""
