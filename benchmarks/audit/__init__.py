"""Audits the built site as others would: Lighthouse on ten pages, on a phone and on a desktop."""
