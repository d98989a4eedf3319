/* world_params.c - the constants of the simulated company: a roaster of coffee that also
 * sells tea, chocolate, gear and gifts in shops, on the web, on a marketplace and through
 * partners. Every figure here is printed in truth.json. */
#include "simulate/world_internal.h"

const group_params world_groups[GROUPS] = {
    {.name = "Coffee",
     .item = {"Java", "Sumatra", "Toraja", "Flores", "Bali", "Ethiopia", "Kenya", "Colombia",
              "House blend", "Breakfast blend", "Espresso bar", "Decaf", "Gold roast",
              "Night roast", "Festive roast"},
     .share = 0.31, .price = 9.20, .spread = 0.28, .cost = 0.52, .elasticity = -1.9,
     .cross = 0.5, .feature = 0.22, .summer = -0.06, .advent = 0.10, .returned = 0.5},
    {.name = "Tea",
     .item = {"Assam", "Darjeeling", "Earl Grey", "Sencha", "Jasmine", "Rooibos", "Mint",
              "Ginger", "Chamomile", "White peony", "Oolong", "Chai", "Fruit", "Lemon grass",
              "Winter spice"},
     .share = 0.14, .price = 6.40, .spread = 0.25, .cost = 0.45, .elasticity = -1.5,
     .cross = 0.4, .feature = 0.18, .summer = -0.30, .advent = 0.25, .returned = 0.5},
    {.name = "Chocolate",
     .item = {"Dark 70", "Dark 85", "Milk", "White", "Hazelnut", "Orange", "Sea salt",
              "Caramel", "Mint leaf", "Nougat", "Marzipan", "Drinking cocoa", "Mini mix",
              "Truffles", "Advent box"},
     .share = 0.16, .price = 4.60, .spread = 0.35, .cost = 0.48, .elasticity = -2.2,
     .cross = 0.6, .feature = 0.30, .summer = -0.25, .advent = 0.55, .returned = 0.3},
    {.name = "Brewing gear",
     .item = {"French press", "Pour over set", "Moka pot", "Hand grinder", "Electric grinder",
              "Kettle", "Scale", "Milk frother", "Espresso machine", "Capsule machine",
              "Cold brew jug", "Teapot", "Thermos", "Travel press", "Starter set"},
     .share = 0.06, .price = 42.0, .spread = 0.60, .cost = 0.60, .elasticity = -1.4,
     .cross = 0.7, .feature = 0.25, .summer = -0.05, .advent = 0.70, .returned = 2.2},
    {.name = "Tableware",
     .item = {"Mug", "Espresso cup", "Cappuccino cup", "Tea bowl", "Saucer", "Glass duo",
              "Sugar bowl", "Milk jug", "Tray", "Spoon set", "Travel mug", "Plate", "Carafe",
              "Coaster", "Cup set"},
     .share = 0.09, .price = 16.0, .spread = 0.45, .cost = 0.42, .elasticity = -1.3,
     .cross = 0.3, .feature = 0.20, .summer = 0.05, .advent = 0.40, .returned = 1.6},
    {.name = "Gifts",
     .item = {"Tasting box", "World tour box", "Tea chest", "Chocolate chest", "Hamper small",
              "Hamper large", "Gift card set", "Barista box", "Mother's Day box",
              "Valentine box", "Thank you box", "Office box", "Wedding box", "Birthday box",
              "Winter hamper"},
     .share = 0.06, .price = 31.0, .spread = 0.40, .cost = 0.50, .elasticity = -1.1,
     .cross = 0.2, .feature = 0.20, .summer = -0.15, .advent = 1.10, .returned = 1.2},
    {.name = "Cold drinks",
     .item = {"Cold brew", "Cold brew oat", "Iced latte", "Iced mocha", "Iced tea lemon",
              "Iced tea peach", "Mate", "Lemonade", "Tonic", "Kombucha", "Syrup vanilla",
              "Syrup caramel", "Syrup mint", "Soda", "Sparkling tea"},
     .share = 0.10, .price = 4.90, .spread = 0.30, .cost = 0.46, .elasticity = -2.4,
     .cross = 0.6, .feature = 0.28, .summer = 0.60, .advent = -0.15, .returned = 0.3},
    {.name = "Care and spares",
     .item = {"Descaler", "Cleaning tabs", "Filter papers", "Metal filter", "Water filter",
              "Grinder brush", "Gasket set", "Press glass", "Storage tin", "Bag clips",
              "Milk cleaner", "Cloth set", "Spare jug", "Filter holder", "Service kit"},
     .share = 0.08, .price = 10.5, .spread = 0.40, .cost = 0.38, .elasticity = -0.7,
     .cross = 0.1, .feature = 0.10, .summer = 0.0, .advent = -0.05, .returned = 0.8},
};

const segment_params world_segments[SEGMENTS] = {
    {.name = "Everyday", .share = 0.38, .rate = 1.05, .spend = 0.9,
     .mix = {0.62, 0.24, 0.11, 0.03}, .taste = {1.1, 1.1, 1.0, 0.7, 0.8, 0.6, 1.2, 1.1},
     .promotion = 0.9, .event = 1.05,
     .shift_rate = 1, .shift_mix = {1, 1, 1, 1}},
    {.name = "Bargain hunters", .share = 0.22, .rate = 0.9, .spend = 0.8,
     .mix = {0.48, 0.22, 0.29, 0.01}, .taste = {0.9, 0.9, 1.3, 0.7, 0.9, 0.7, 1.2, 0.9},
     .promotion = 1.7, .event = 1.0,
     .shift_rate = 1, .shift_mix = {1, 1, 1, 1}},
    {.name = "Connoisseurs", .share = 0.14, .rate = 1.5, .spend = 1.5,
     .mix = {0.66, 0.30, 0.02, 0.02}, .taste = {1.3, 1.2, 0.9, 1.8, 1.0, 0.9, 0.5, 1.2},
     .promotion = 0.6, .event = 1.05,
     .shift_rate = 0.70, .shift_mix = {0.70, 1.75, 1.6, 1}},
    {.name = "Gift buyers", .share = 0.18, .rate = 0.5, .spend = 1.1,
     .mix = {0.50, 0.36, 0.13, 0.01}, .taste = {0.5, 0.8, 1.3, 1.2, 1.4, 4.5, 0.4, 0.3},
     .promotion = 1.0, .event = 1.6,
     .shift_rate = 1, .shift_mix = {1, 1, 1, 1}},
    {.name = "Business", .share = 0.08, .rate = 1.3, .spend = 2.2,
     .mix = {0.12, 0.38, 0.06, 0.44}, .taste = {1.6, 1.0, 0.4, 1.0, 1.1, 1.3, 0.7, 1.4},
     .promotion = 0.7, .event = 1.0,
     .shift_rate = 1, .shift_mix = {1, 1, 1, 1}},
};

const region_params world_regions[REGIONS] = {
    {"Hamburg", "Germany", 0.13, 1.00},  {"Berlin", "Germany", 0.17, 1.15},
    {"Rhine-Ruhr", "Germany", 0.20, 1.30}, {"Frankfurt", "Germany", 0.12, 0.95},
    {"Stuttgart", "Germany", 0.09, 0.90}, {"Munich", "Germany", 0.13, 1.05},
    {"Vienna", "Austria", 0.08, 1.40},   {"Amsterdam", "Netherlands", 0.08, 1.60},
};

const channel_params world_channels[CHANNELS] = {
    {.id = "shop", .name = "Shops", .kind = "own", .growth = -0.03,
     .weekday = {0.84, 0.90, 0.93, 1.00, 1.22, 1.77, 0.34}, .holiday = 0.12, .friday = 1.35,
     .returned = 0.012, .anonymous = 0.14,
     .hour = {0, 0, 0, 0, 0, 0, 0, 2, 5, 7, 9, 10, 10, 9, 8, 9, 10, 11, 9, 5, 0, 0, 0, 0}},
    {.id = "web", .name = "Web shop", .kind = "own", .growth = 0.14,
     .weekday = {1.12, 1.02, 0.98, 0.96, 0.90, 0.87, 1.15}, .holiday = 1.10, .friday = 1.80,
     .returned = 0.060, .anonymous = 0.03,
     .hour = {3, 2, 1, 1, 1, 1, 2, 4, 5, 6, 6, 6, 7, 6, 5, 5, 5, 6, 8, 10, 12, 12, 9, 6}},
    {.id = "marketplace", .name = "Marketplace", .kind = "partner", .growth = 0.20,
     .weekday = {1.05, 1.00, 0.98, 0.97, 0.95, 0.95, 1.10}, .holiday = 1.05, .friday = 1.60,
     .returned = 0.085, .anonymous = 0.0,
     .hour = {3, 2, 1, 1, 1, 1, 2, 4, 5, 6, 6, 6, 6, 6, 5, 5, 6, 6, 8, 10, 11, 11, 9, 6}},
    {.id = "partner", .name = "Partners", .kind = "partner", .growth = 0.02,
     .weekday = {1.40, 1.42, 1.36, 1.30, 1.17, 0.25, 0.10}, .holiday = 0.10, .friday = 1.0,
     .returned = 0.015, .anonymous = 0.0,
     .hour = {0, 0, 0, 0, 0, 0, 1, 5, 10, 12, 12, 10, 6, 9, 10, 10, 8, 4, 2, 0, 0, 0, 0, 0}},
};

const medium_params world_media[MEDIA] = {
    {.id = "tv", .name = "Television", .carry = 0.65, .shape = 1.8, .half = 320, .lift = 0.17,
     .week = 165, .cpm = 11, .ctr = 0, .frequency = 1.4},
    {.id = "radio", .name = "Radio", .carry = 0.40, .shape = 1.4, .half = 70, .lift = 0.045,
     .week = 42, .cpm = 6, .ctr = 0, .frequency = 1.8},
    {.id = "print", .name = "Print", .carry = 0.30, .shape = 1.2, .half = 110, .lift = 0.028,
     .week = 36, .cpm = 15, .ctr = 0, .frequency = 1.1},
    {.id = "search", .name = "Search advertising", .carry = 0.05, .shape = 1.0, .half = 45,
     .lift = 0.09, .week = 30, .cpm = 22, .ctr = 0.045, .frequency = 1.2},
    {.id = "social", .name = "Social advertising", .carry = 0.25, .shape = 1.2, .half = 48,
     .lift = 0.065, .week = 24, .cpm = 7, .ctr = 0.011, .frequency = 1.9},
    {.id = "video", .name = "Online video", .carry = 0.45, .shape = 1.5, .half = 40,
     .lift = 0.035, .week = 17, .cpm = 13, .ctr = 0.004, .frequency = 1.5},
};

const char *const world_rivals[RIVALS] = {"Nordlicht", "Bean and Leaf", "Own labels"};

const life_params world_life = {
    .r = 1.1, .alpha = 44, .s = 1.6, .beta = 640, .q = 3.5,
    .extra_quantity = 0.55,
    .lines = {0.36, 0.27, 0.16, 0.09, 0.05, 0.035, 0.02, 0.015},
    .mean_lines = 1 * 0.36 + 2 * 0.27 + 3 * 0.16 + 4 * 0.09 + 5 * 0.05 + 6 * 0.035 + 7 * 0.02 +
                  8 * 0.015,
    .stock_share = 0.50, .stock_days = 730, .growth = 0.06, .loyalty = 0.35,
    .voucher = 0.04, .voucher_cut = 0.10,
};

const holiday_kind world_holidays[HOLIDAYS] = {
    {"New Year", true},       {"Good Friday", true},   {"Easter Monday", true},
    {"Labour Day", true},     {"Ascension Day", true}, {"Whit Monday", true},
    {"Unity Day", true},      {"Christmas Day", true}, {"Boxing Day", true},
    {"Valentine's Day", false}, {"Mother's Day", false}, {"Black Friday", false},
    {"Christmas Eve", false}, {"Saint Nicholas", false},
};

const int world_heat_group = 6;
const double world_heat_effect = 0.035;
