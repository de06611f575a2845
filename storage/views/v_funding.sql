SELECT
    d.id AS document_id,
    d.source_id,
    s.name AS source_name,
    d.title,
    d.url,
    d.actor,
    d.published_on,
    d.counted_on,
    e.story_id,
    f.matched AS amount_text,
    f.number AS amount,
    f.low AS low,
    f.unit AS currency,
    f.eur AS eur,
    f.role AS role
FROM documents AS d
JOIN sources AS s ON s.id = d.source_id
LEFT JOIN enrichments AS e ON e.document_id = d.id
LEFT JOIN facts AS f ON f.document_id = d.id AND f.kind = 'amount'
WHERE d.kind = 'funding'
