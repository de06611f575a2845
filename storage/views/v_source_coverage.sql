SELECT
    d.source_id,
    s.name AS source_name,
    s.kind,
    d.day,
    d.visits,
    d.failed_visits,
    d.documents,
    d.expected,
    COALESCE(d.gap, 'none') AS gap
FROM source_days AS d
JOIN sources AS s ON s.id = d.source_id
