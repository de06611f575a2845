SELECT
    o.id AS actor_id,
    o.name,
    o.kind AS actor_kind,
    o.country,
    o.siren,
    o.ror,
    a.theme_id,
    t.label_fr,
    t.label_en,
    d.kind,
    d.counted_on AS day,
    COUNT(DISTINCT d.id) AS documents,
    COUNT(DISTINCT COALESCE(e.story_id, d.id)) AS stories,
    COUNT(DISTINCT d.source_id) AS sources
FROM facts AS f
JOIN actors AS o ON o.id = f.actor
JOIN documents AS d ON d.id = f.document_id
LEFT JOIN enrichments AS e ON e.document_id = d.id
LEFT JOIN assignments AS a ON a.document_id = d.id
LEFT JOIN themes AS t ON t.id = a.theme_id
WHERE f.kind = 'organisation' AND d.counted_on IS NOT NULL
GROUP BY o.id, o.name, o.kind, o.country, o.siren, o.ror, a.theme_id, t.label_fr, t.label_en, d.kind, d.counted_on
