SELECT
    f.document_id,
    f.value AS announcement,
    f.matched AS announcement_text,
    d.kind,
    d.source_id,
    s.name AS source_name,
    s.territory AS source_territory,
    d.title,
    d.url,
    COALESCE(e.language, d.lang) AS language,
    e.story_id,
    CASE WHEN e.story_id <> d.id THEN 1 ELSE 0 END AS is_copy,
    a.theme_id,
    t.label_fr,
    t.label_en,
    d.counted_on AS day
FROM facts AS f
JOIN documents AS d ON d.id = f.document_id
JOIN sources AS s ON s.id = d.source_id
LEFT JOIN enrichments AS e ON e.document_id = d.id
LEFT JOIN assignments AS a ON a.document_id = d.id
LEFT JOIN themes AS t ON t.id = a.theme_id
WHERE f.kind = 'announcement' AND d.counted_on IS NOT NULL
