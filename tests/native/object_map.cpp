#include "../../dispatch/table.hpp"
#include "check.hpp"

#include <memory>

using flopscope::ObjectMap;
using flopscope::Record;

CHECK("an object that was never inserted is not found") {
    const ObjectMap map;
    EXPECT(map.find(&map) == nullptr);
}

CHECK("every object is found again while the map grows") {
    ObjectMap map;
    const auto objects = std::make_unique<char[]>(16 * 5000); // as far apart as real ones
    const auto records = std::make_unique<Record[]>(5000);
    for (int i = 0; i < 5000; ++i)
        map.insert(&objects[16 * i], &records[i]);
    int found = 0;
    for (int i = 0; i < 5000; ++i)
        found += map.find(&objects[16 * i]) == &records[i];
    EXPECT_EQUAL(found, 5000);
    EXPECT(map.find(&map) == nullptr);
}

CHECK("a later record of an object takes the place of the one before") {
    ObjectMap map;
    const Record first{}, second{};
    map.insert(&map, &first);
    map.insert(&map, &second);
    EXPECT(map.find(&map) == &second);
}

CHECK("a block of the table is frozen with its records in order") {
    flopscope::Table table;
    Record r{};
    r.name = "one";
    Record s{};
    s.name = "two";
    const Record* placed = table.append({r, s});
    EXPECT(placed != nullptr);
    EXPECT_EQUAL(std::string(placed[1].name), "two");
    EXPECT_EQUAL(placed[1].index, 1);
    EXPECT_EQUAL(table.append({r})->index, 2);
    EXPECT_EQUAL(table.size(), 3);
}
