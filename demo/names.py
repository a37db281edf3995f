"""The words that the demo company is made of: people, firms, towns, goods. Invented, or plain geography."""

from __future__ import annotations


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


FIRST_NAMES = _words(
    "Abigail Adrian Aisha Alma Anders Anika Arthur Astrid Beatrix Benedikt Bram Camille Carys Cedric "
    "Clara Conor Dagmar Daniel Delia Dorian Edith Eilidh Elias Emeka Esther Farid Femke Fergus Flora "
    "Gareth Greta Hamish Hanna Hugo Imogen Ingrid Isaac Jana Jasper Joost Karin Kofi Leila Lennart Lotte "
    "Magnus Maren Maya Nadia Niamh Oskar Petra Quentin Rhiannon Rosalind Samir Saskia Tamsin Tobias "
    "Ursula Viktor Wanda Yusuf Zoe"
)

LAST_NAMES = _words(
    "Abernathy Achterberg Ashdown Bakker Balogun Barrowclough Beaumont Bergstrom Birkett Brandt Brennan "
    "Calloway Cavendish Claesson Connolly Dahlgren Dekker Delacroix Donnelly Ekholm Eriksen Fairweather "
    "Falk Finnegan Galbraith Geraghty Greenhalgh Haldane Hartmann Hollis Holloway Idowu Ibsen Jansma "
    "Kavanagh Keller Kingsley Lachance Larkin Lindqvist Lockwood Maguire Marchetti Meijer Merriweather "
    "Moreau Nakamura Nordin Novak Oduya Okafor Ostrander Pemberton Prendergast Quillfeather Rademaker "
    "Rasmussen Redfern Sandoval Schreiber Sheridan Sorensen Strand Tennant Thackeray Thorne Tierney "
    "Underhill Vandermeer Visser Wainwright Weatherby Whitlock Winterbourne Yilmaz Zeller"
)

FIRM_STEMS = _words(
    "Alder Anchor Beacon Bellwether Bluebird Bramble Brightwater Cairn Cedarline Cobalt Copperfield "
    "Crescent Driftwood Eastgate Ferncliff Foxglove Granite Gullwing Hawthorn Heron Highfield Ironbridge "
    "Juniper Kestrel Lantern Larkspur Limestone Longreach Marigold Millrace Northlight Oakhurst Osprey "
    "Paragon Quayside Redwood Rowan Saltmarsh Silverbirch Stonegate Summit Swift Tallow Thistle Tidewater "
    "Upland Verdant Westbrook Willowbank Yarrow"
)
FIRM_KINDS = ("Architects", "Catering", "Hotels", "Interiors", "Lettings", "Logistics", "Partners", "Studios")

# (country, share of customers, towns)
CUSTOMER_COUNTRIES = (
    ("Ireland", 0.46, ("Dublin", "Cork", "Galway", "Bray", "Naas", "Ennis", "Tralee")),
    ("Netherlands", 0.16, ("Amsterdam", "Utrecht", "Rotterdam", "Groningen")),
    ("Germany", 0.15, ("Hamburg", "Bremen", "Cologne", "Leipzig")),
    ("Belgium", 0.10, ("Antwerp", "Ghent", "Leuven")),
    ("France", 0.08, ("Nantes", "Brest", "Rennes")),
    ("Austria", 0.05, ("Vienna", "Graz", "Linz")),
)

# (store name, town, region, years before the end of the data at which it opened, share of orders)
STORES = (
    ("Cork Docklands", "Cork", "South", 14.2, 1.25),
    ("Galway Salthill", "Galway", "West", 13.1, 1.20),
    ("Dublin Grand Canal", "Dublin", "East", 12.4, 1.70),
    ("Sligo Riverside", "Sligo", "North", 11.0, 0.80),
    ("Limerick Arthur's Quay", "Limerick", "West", 9.7, 1.00),
    ("Waterford Viking Quarter", "Waterford", "South", 8.3, 0.90),
    ("Kilkenny High Street", "Kilkenny", "South", 7.6, 1.05),
    ("Drogheda Boyne Centre", "Drogheda", "East", 6.2, 0.70),
    ("Letterkenny Retail Park", "Letterkenny", "North", 5.5, 1.10),
    ("Wexford Quays", "Wexford", "East", 4.1, 0.85),
    ("Athlone Shannonside", "Athlone", "West", 2.2, 0.75),
    ("Dundalk Marshes", "Dundalk", "North", 1.3, 0.95),
)
DISAGREEING_STORE = "Kilkenny High Street"
"""The store whose monthly report is too high in the last 12 months."""

JOB_TITLES = ("Sales Assistant", "Senior Sales Assistant", "Warehouse Operative", "Customer Adviser")

# category -> subcategory -> (nouns, lowest and highest list price)
CATALOGUE: dict[str, dict[str, tuple[tuple[str, ...], float, float]]] = {
    "Furniture": {
        "Wooden Tables": (
            ("Dining Table", "Coffee Table", "Side Table", "Console Table", "Trestle Table"),
            120,
            780,
        ),
        "Seating": (("Armchair", "Dining Chair", "Bench", "Two-Seat Sofa", "Footstool"), 75, 920),
        "Storage": (("Bookcase", "Sideboard", "Chest of Drawers", "Shoe Cabinet", "Wall Shelf"), 45, 560),
        "Bedroom": (("Bed Frame", "Nightstand", "Wardrobe", "Blanket Box", "Headboard"), 80, 840),
    },
    "Kitchen": {
        "Cookware": (("Casserole", "Frying Pan", "Saucepan", "Stockpot", "Griddle"), 28, 165),
        "Tableware": (("Dinner Plate Set", "Bowl Set", "Mug Set", "Serving Platter", "Jug"), 16, 85),
        "Knives": (("Chef Knife", "Bread Knife", "Paring Knife", "Knife Block", "Sharpening Stone"), 14, 140),
        "Bakeware": (("Loaf Tin", "Roasting Tin", "Pie Dish", "Cake Tin", "Baking Tray"), 9, 42),
    },
    "Garden": {
        "Planters": (("Terracotta Pot", "Window Box", "Raised Bed", "Hanging Basket", "Trough"), 8, 95),
        "Tools": (("Spade", "Border Fork", "Secateurs", "Rake", "Wheelbarrow"), 12, 110),
        "Patio": (("Parasol", "Patio Table", "Fire Bowl", "Deck Chair", "Sun Lounger"), 45, 420),
        "Watering": (("Watering Can", "Garden Hose", "Sprinkler", "Rain Barrel", "Hose Reel"), 11, 120),
    },
    "Lighting": {
        "Lamps": (("Table Lamp", "Floor Lamp", "Desk Lamp", "Reading Lamp", "Clip Lamp"), 24, 190),
        "Ceiling": (("Pendant", "Chandelier", "Spotlight Bar", "Flush Light", "Lampshade"), 22, 320),
        "Exterior": (
            ("Wall Lantern", "Path Light", "Festoon String", "Solar Lamp", "Porch Light"),
            14,
            130,
        ),
        "Candles": (("Pillar Candle", "Candle Holder", "Storm Lantern", "Tealight Set", "Wax Burner"), 5, 48),
    },
    "Textiles": {
        "Bedding": (("Duvet Cover", "Pillowcase Pair", "Fitted Sheet", "Bedspread", "Quilt"), 18, 180),
        "Rugs": (("Wool Rug", "Runner", "Jute Rug", "Doormat", "Sheepskin"), 15, 360),
        "Towels": (("Bath Towel", "Hand Towel", "Bath Mat", "Beach Towel", "Tea Towel Set"), 7, 46),
        "Cushions": (("Cushion", "Floor Cushion", "Throw", "Bolster", "Seat Pad"), 12, 88),
    },
    "Outdoor": {
        "Camping": (("Two-Person Tent", "Sleeping Bag", "Camp Stove", "Folding Chair", "Cool Box"), 25, 310),
        "Picnic": (("Picnic Hamper", "Picnic Blanket", "Vacuum Flask", "Lunch Tin", "Carafe"), 12, 95),
        "Barbecue": (("Kettle Barbecue", "Charcoal Chimney", "Tongs Set", "Smoker", "Grill Grate"), 10, 460),
        "Walking": (("Rucksack", "Walking Pole Pair", "Waxed Hat", "Rain Cape", "Compass"), 14, 135),
    },
}
COLLECTIONS = _words(
    "Ardmore Birch Cove Dunlin Estuary Fjord Gannet Heath Inlet Jetty Kelp Larch Moor Nordic Otter Pebble "
    "Quarry Ridge Shoal Tarn"
)

RETURN_REASONS = ("Damaged", "Wrong item", "Changed mind", "Arrived late", "Not as described")
