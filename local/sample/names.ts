/** The words that the sample's names are made of. */

export const RESELLER_NAMES = ["Northwind Voice", "Brückner Telekom", "Lumière Télécom"] as const;

/** Forty customers, the largest first; a reseller takes every third. */
export const ORGANIZATION_NAMES = [
  "Acme Dental",
  "Stadtwerke Köln-Süd",
  "Clinique Saint-Rémy",
  "Harbour Freight & Storage",
  "Bäckerei Größmann",
  "Mutuelle de l'Océan",
  "Pinnacle Property Management, LLC",
  "Kanzlei Dr. Weiß & Partner",
  "Librairie Gallois",
  "Riverside Animal Hospital",
  "Autohaus Jürgens",
  "Hôtel Beau-Rivage",
  "O'Malley Insurance",
  "Möbelhaus Ahlström",
  "Transports Lefèvre",
  'The "Corner" Pharmacy',
  "Praxis für Physiotherapie Öztürk",
  "Crédit Coopératif du Midi",
  "Summit Roofing",
  "Reisebüro Fernweh",
  "Boulangerie Chez Zoé",
  "Greenleaf Garden Centre",
  "Fahrschule Müller",
  "Cabinet d'Architectes Noël",
  "Bluebird Travel",
  "Łódź Logistik",
  "Optique Côté Mer",
  "Maple Street Veterinary",
  "Hausverwaltung Grün",
  "Vignobles de Châteauneuf",
  "Sunrise Senior Living",
  "Elektro Schröder",
  "Agence Immobilière du Lac",
  "北星商事",
  "Orthopädie am Ring",
  "Serrurerie Benoît",
  "Fox & Hound Events",
  "Gärtnerei Blümel",
  "École de Musique Fauré",
  "Lighthouse Books",
] as const;

export const FIRST_NAMES = (
  "Amelia Björn Chloé David Élodie Fatima Günther Hannah İbrahim Jörg Katarzyna Liam Maëlle Noah Oğuz " +
  "Priya Quentin René Siobhán Thảo Ulrike Valérie Wei Xavier Yusuf Zoë Anaïs Benedikt Ciarán Dagmar"
).split(" ");

export const LAST_NAMES = (
  "Anderson Baumgärtner Castaño Dubois Eriksson Fournier García Hoffmann Ito Jansen Kowalski Lefèvre " +
  "Müller Nguyễn O'Brien Petrović Quinn Rossi Schäfer Taylor Ünal Vasquez Weiß Xu Yıldız Żukowski " +
  "Bennett Chevalier Deschamps"
).split(" ");

/** Lines that are staffed in turns rather than by one person. */
export const SHARED_LINES = ["Front desk", "After hours", "Notdienst", "Accueil"];
