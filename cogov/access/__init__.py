"""Access: people, roles, scope, masking, encryption and policy versions."""
