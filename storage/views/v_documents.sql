SELECT
    d.id AS document_id,
    d.kind,
    d.source_id,
    s.name AS source_name,
    s.territory AS source_territory,
    d.title,
    d.text,
    d.url,
    COALESCE(e.language, d.lang) AS language,
    d.actor,
    d.published_on,
    d.counted_on,
    d.collected_at,
    d.date_flag,
    e.story_id,
    CASE WHEN e.story_id <> d.id THEN 1 ELSE 0 END AS is_copy
FROM documents AS d
JOIN sources AS s ON s.id = d.source_id
LEFT JOIN enrichments AS e ON e.document_id = d.id
