"""The demo's sample data: real places, invented people, three months of points, an account for every role."""
