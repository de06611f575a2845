SELECT
    o.theme_id,
    t.label_fr,
    t.label_en,
    o.kind,
    o.day,
    o.week,
    o.stories,
    o.sources,
    o.documents
FROM observations AS o
JOIN themes AS t ON t.id = o.theme_id
