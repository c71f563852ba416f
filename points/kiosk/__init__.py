"""The kiosk (/kiosk/): a household reads its points by its card, without an account."""
