"""Everything that writes points: rules, records, reviews, the ledger, months, standings, notices."""
